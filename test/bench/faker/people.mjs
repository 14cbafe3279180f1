// Rows by @faker-js/faker, as somebody writes them who follows its guide.
//
//   node people.mjs rows N      N rows of people as tab-separated lines, with a header
//   node people.mjs speed N     rows per second of N rows of the 8 columns of run.sh, stored nowhere
//
// The package is found in the folder that FAKER names (where npm installed it).
import { createRequire } from 'node:module';

const { fakerEN_US: faker } = createRequire(`${process.env.FAKER ?? process.cwd()}/`)('@faker-js/faker');
const [mode, count] = [process.argv[2], Number(process.argv[3])];

const date = (value) => value.toISOString().slice(0, 10);

// Parts agree wherever the package has a way to let them: the sex goes into the
// given name, the names into the e-mail and the user name, the state into the
// postcode, and the one date into the range of the other.
function person() {
	const gender = faker.person.sex();
	const first = faker.person.firstName(gender);
	const last = faker.person.lastName();
	const state = faker.location.state({ abbreviated: true });
	const created = faker.date.past({ years: 3 });

	return {
		name: `${first} ${last}`,
		email: faker.internet.email({ firstName: first, lastName: last }),
		username: faker.internet.username({ firstName: first, lastName: last }),
		gender,
		street: faker.location.streetAddress(),
		city: faker.location.city(),
		postcode: faker.location.zipCode({ state }),
		state,
		country: faker.location.country(),
		phone: faker.phone.number({ style: 'national' }),
		birth_date: date(faker.date.birthdate()),
		age: faker.number.int({ min: 18, max: 80 }),
		created_at: created.toISOString(),
		updated_at: faker.date.between({ from: created, to: faker.defaultRefDate() }).toISOString(),
		job_title: faker.person.jobTitle(),
		salary: faker.number.int({ min: 30000, max: 200000 }),
		product: faker.commerce.productName(),
		category: faker.commerce.department(),
		price: faker.commerce.price(),
		// the package has no reviews
		review: faker.lorem.sentence(),
		rating: faker.number.int({ min: 1, max: 5 }),
	};
}

function order(id) {
	const first = faker.person.firstName();
	const last = faker.person.lastName();

	return [
		id, `${first} ${last}`, faker.internet.email({ firstName: first, lastName: last }), faker.number.int({ min: 1, max: 20 }),
		faker.commerce.price(), faker.helpers.weightedArrayElement([{ weight: 6, value: 'paid' }, { weight: 3, value: 'shipped' }, { weight: 1, value: 'returned' }]),
		faker.date.past(), faker.string.uuid()];
}

faker.seed(1);
faker.setDefaultRefDate('2026-01-01T00:00:00Z');
if (mode === 'rows') {
	let header = true;
	for (let i = 0; i < count; i++) {
		const row = person();
		if (header) console.log(Object.keys(row).join('\t'));
		header = false;
		console.log(Object.values(row).join('\t'));
	}
} else {
	for (let i = 0; i < count / 10; i++) order(i);
	const start = process.hrtime.bigint();
	let kept = 0;
	for (let i = 0; i < count; i++) kept += order(i).length;
	const seconds = Number(process.hrtime.bigint() - start) / 1e9;
	if (kept !== count * 8) throw new Error('not all of it');
	console.log(Math.round(count / seconds));
}
