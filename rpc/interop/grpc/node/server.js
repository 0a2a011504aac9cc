'use strict';

// A server of idl/talk.proto on grpc-js: server.js [certificate key].

const fs = require('fs');
const {grpc, Talk} = require('./peer');

function say(call, callback) {
	const line = call.request;
	const header = new grpc.Metadata();
	const trailer = new grpc.Metadata();
	call.metadata.get('x-echo').forEach((value) => header.add('x-echo', value));
	call.metadata.get('x-echo-bin').forEach((value) => trailer.add('x-echo-bin', value));
	call.sendMetadata(header);
	if (line.text === 'fail') {
		callback({code: grpc.status.NOT_FOUND, details: line.about.text, metadata: trailer});
		return;
	}
	if (line.text === 'sleep') {
		return; // the deadline of the caller ends it
	}
	line.number = String(BigInt(line.number) + 1n);
	callback(null, line, trailer);
}

function split(call) {
	const words = call.request.words;
	for (let i = 0; i < words.length; i++) {
		call.write({text: words[i], number: String(i)});
		if (words[i] === 'fail') {
			call.emit('error', {code: grpc.status.ABORTED, details: 'as asked'});
			return;
		}
	}
	call.end();
}

function join(call, callback) {
	const joined = {words: [], number: 0n};
	call.on('data', (line) => {
		joined.words.push(line.text);
		joined.number += BigInt(line.number);
	});
	call.on('end', () => callback(null, {words: joined.words, number: String(joined.number)}));
}

function converse(call) {
	let ended = false;
	const end = () => {
		if (!ended) {
			ended = true;
			call.end();
		}
	};
	call.on('data', (line) => {
		if (ended) {
			return;
		}
		call.write({text: line.text, number: String(-BigInt(line.number))});
		if (line.text === 'bye') {
			end();
		}
	});
	call.on('end', end);
	call.on('error', () => {});
}

const server = new grpc.Server();
server.addService(Talk.service, {Say: say, Split: split, Join: join, Converse: converse});
let credentials = grpc.ServerCredentials.createInsecure();
if (process.argv.length > 2) {
	const pair = {cert_chain: fs.readFileSync(process.argv[2]), private_key: fs.readFileSync(process.argv[3])};
	credentials = grpc.ServerCredentials.createSsl(null, [pair]);
}
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
	if (error) {
		throw error;
	}
	console.log(port);
});
process.stdin.resume();
process.stdin.on('end', () => {
	server.forceShutdown();
	process.exit(0);
});
