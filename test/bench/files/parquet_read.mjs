// Prints the rows of Parquet files as JSON, read by hyparquet.
// Usage: node parquet_read.mjs FILE…
import { parquetReadObjects, asyncBufferFromFile } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const plain = (key, value) =>
	typeof value === 'bigint' ? value.toString()
		: value instanceof Uint8Array ? Array.from(value, b => b.toString(16).padStart(2, '0')).join('')
			: typeof value === 'number' && !Number.isFinite(value) ? String(value)
				: Object.is(value, -0) ? 0 : value

for (const name of process.argv.slice(2)) {
	const file = await asyncBufferFromFile(name)
	const rows = await parquetReadObjects({ file, compressors, utf8: false })
	console.log(JSON.stringify(rows, plain))
}
