'use strict';

// A client of idl/talk.proto on grpc-js that checks all that it is told: client.js address [certificate].

const assert = require('assert');
const fs = require('fs');
const {grpc, Talk} = require('./peer');

let wrong = 0;

function check(what, good, ...seen) {
	if (!good) {
		wrong++;
		console.log('wrong:', what, ...seen);
	}
}

function equal(what, got, expected) {
	try {
		assert.deepStrictEqual(got, expected);
	} catch (error) {
		check(what, false, error.message.slice(0, 2000));
	}
}

const sample = () => ({
	text: 'ünïcödé ☺ 😈', number: String(-(1n << 62n)), data: Buffer.from([0, 255, 128]), words: ['', 'a', 'ß'],
	counts: {'': 0, many: 4294967295}, mood: 2, weight: -0.1, about: {text: 'inner', weight: 0}, marks: [0, 4294967295],
});

const many = () => Array.from({length: 1000}, (_, i) => 'w'.repeat(1 + (((i % 7) * i) % 5000)));

// unary makes a call, and returns its outcome and what came with it.
function unary(client, method, request, metadata, options) {
	return new Promise((resolve) => {
		const outcome = {};
		const call = client[method](request, metadata || new grpc.Metadata(), options || {}, (error, answer) => {
			outcome.error = error;
			outcome.answer = answer;
		});
		call.on('metadata', (header) => (outcome.header = header));
		call.on('status', (status) => {
			outcome.trailer = status.metadata;
			setImmediate(() => resolve(outcome));
		});
	});
}

// gather returns what comes from a stream, and how it ended.
function gather(call, onData) {
	return new Promise((resolve) => {
		const outcome = {answers: []};
		call.on('data', (answer) => {
			outcome.answers.push(answer);
			if (onData) {
				onData(answer, outcome.answers.length);
			}
		});
		call.on('error', (error) => (outcome.error = error));
		call.on('status', (status) => {
			outcome.status = status;
			setImmediate(() => resolve(outcome));
		});
	});
}

function fails(what, error, code, details) {
	check(what, error && error.code === code && (details === undefined || error.details === details), String(error));
}

async function calls(client) {
	const metadata = new grpc.Metadata();
	metadata.add('x-echo', 'first');
	metadata.add('x-echo', 'second');
	metadata.add('x-echo-bin', Buffer.from([0, 255, 10]));
	let outcome = await unary(client, 'Say', sample(), metadata);
	check('a call', !outcome.error, String(outcome.error));
	const expected = sample();
	expected.number = String(1n - (1n << 62n));
	if (outcome.answer) {
		const about = outcome.answer.about;
		check('the inner line', about.text === 'inner' && about.weight === 0 && about.about === null, about);
		outcome.answer.about = expected.about;
		delete outcome.answer._weight; // says which member of the oneof is set, that stands for "optional"
		equal('the answer', {...outcome.answer}, expected);
		equal('the header', outcome.header.get('x-echo').join(',').replace(/, /g, ','), 'first,second');
		equal('the trailer', outcome.trailer.get('x-echo-bin'), [Buffer.from([0, 255, 10])]);
	}
	const data = Buffer.from('0123456789abcdef'.repeat(1 << 17));
	outcome = await unary(client, 'Say', {data});
	check('a long answer', outcome.answer && data.equals(outcome.answer.data), String(outcome.error));
	const message = '100% ünknown\n';
	outcome = await unary(client, 'Say', {text: 'fail', about: {text: message}});
	fails('a status', outcome.error, grpc.status.NOT_FOUND, message);
	outcome = await unary(client, 'Missing', {});
	fails('a missing method', outcome.error, grpc.status.UNIMPLEMENTED);
	outcome = await unary(client, 'Say', {text: 'sleep'}, null, {deadline: Date.now() + 200});
	// A server whose clock is ahead may reset the stream first, and this library then says that the call was cancelled.
	const late = outcome.error && outcome.error.code === grpc.status.CANCELLED;
	fails('a deadline', outcome.error, late ? grpc.status.CANCELLED : grpc.status.DEADLINE_EXCEEDED);
}

async function streams(client, compressed) {
	const words = many();
	let outcome = await gather(client.Split({words}));
	check('a server stream', !outcome.error, String(outcome.error));
	equal('its texts', outcome.answers.map((a) => a.text), words);
	equal('its numbers', outcome.answers.map((a) => a.number), words.map((_, i) => String(i)));
	outcome = await gather(client.Split({words: ['a', 'fail', 'b']}));
	// The status overtakes messages that are still being decompressed.
	const came = outcome.answers.map((a) => a.text);
	equal('what came before', came, ['a', 'fail'].slice(0, compressed ? came.length : 2));
	fails('a failing stream', outcome.error, grpc.status.ABORTED, 'as asked');
	for (const texts of [words, []]) {
		const joined = await new Promise((resolve) => {
			const call = client.Join((error, answer) => resolve({error, answer}));
			texts.forEach((text, i) => call.write({text, number: String(i)}));
			call.end();
		});
		check('a client stream', !joined.error, String(joined.error));
		if (joined.answer) {
			equal('its words', joined.answer.words, texts);
			equal('its sum', joined.answer.number, String((texts.length * (texts.length - 1)) / 2));
		}
	}
}

async function conversations(client) {
	const text = (turn) => 'x'.repeat(turn * turn);
	let call = client.Converse();
	const say = (turn) => (turn < 200 ? call.write({text: text(turn), number: String(turn)}) : call.end());
	say(0);
	let outcome = await gather(call, (answer, n) => {
		check('an answer', answer.text === text(n - 1) && Number(answer.number) === 1 - n, answer.number);
		say(n);
	});
	check('a conversation', !outcome.error && outcome.answers.length === 200, String(outcome.error));

	call = client.Converse();
	call.write({text: 'hello'});
	call.write({text: 'bye'});
	outcome = await gather(call);
	equal('an early end', outcome.answers.map((a) => a.text), ['hello', 'bye']);
	check('its status', outcome.status.code === grpc.status.OK, outcome.status);

	call = client.Converse();
	call.write({text: 'hello'});
	outcome = await gather(call, () => call.cancel());
	fails('a cancelled call', outcome.error, grpc.status.CANCELLED);
}

async function main() {
	let credentials = grpc.credentials.createInsecure();
	const options = {'grpc.max_receive_message_length': 8 << 20};
	if (process.argv.length > 3) {
		credentials = grpc.credentials.createSsl(fs.readFileSync(process.argv[3]));
		options['grpc.ssl_target_name_override'] = 'localhost';
	}
	for (const algorithm of [0, 2]) { // identity, gzip
		const client = new Talk(process.argv[2], credentials, {...options, 'grpc.default_compression_algorithm': algorithm});
		await calls(client);
		await streams(client, algorithm !== 0);
		await conversations(client);
		client.close();
	}
	process.exit(wrong === 0 ? 0 : 1);
}

main();
