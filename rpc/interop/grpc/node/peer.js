'use strict';

// The service of idl/talk.proto, for the server and the client of this folder.

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(path.join(__dirname, '..', 'idl', 'talk.proto'), {longs: String, enums: Number, defaults: true});

module.exports = {grpc, Talk: grpc.loadPackageDefinition(definition).tagwire.interop.Talk};
