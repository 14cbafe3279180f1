// What rows take of an answer, in tokens of o200k_base: as objects with their
// keys, and as the arrays that are asked for.
//
//     node tokens.mjs FOLDER-OF-GPT-TOKENIZER < rows, one JSON object a line
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const require = createRequire(process.argv[2] + '/')
const { encode } = require('gpt-tokenizer/encoding/o200k_base')

const rows = readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line))
const columns = Object.keys(rows[0])
const count = value => encode(JSON.stringify({ rows: value })).length / rows.length

const objects = count(rows)
const arrays = count(rows.map(row => columns.map(column => row[column] ?? null)))
const letters = 'abcdefghijklmnopqrstuvwxyz'
const short = count(rows.map(row => Object.fromEntries(columns.map((column, i) => [letters[i], row[column] ?? null]))))

console.log([objects, arrays, short].map(n => n.toFixed(1)).join(' '),
	(arrays / objects).toFixed(2), (short / objects).toFixed(2))
