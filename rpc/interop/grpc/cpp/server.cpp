// A server of idl/talk.proto on grpc++: server [certificate key].

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "talk.grpc.pb.h"

using tagwire::interop::Line;

class Talk final : public tagwire::interop::Talk::Service {
	grpc::Status Say(grpc::ServerContext *context, const Line *line, Line *answer) override {
		for (const auto &pair : context->client_metadata()) {
			const std::string name(pair.first.data(), pair.first.size()), value(pair.second.data(), pair.second.size());
			if (name == "x-echo") {
				context->AddInitialMetadata(name, value);
			} else if (name == "x-echo-bin") {
				context->AddTrailingMetadata(name, value);
			}
		}
		if (line->text() == "fail") {
			return grpc::Status(grpc::StatusCode::NOT_FOUND, line->about().text());
		}
		if (line->text() == "sleep") {
			while (!context->IsCancelled()) {
				std::this_thread::sleep_for(std::chrono::milliseconds(5));
			}
			return grpc::Status::CANCELLED;
		}
		*answer = *line;
		answer->set_number(line->number() + 1);
		return grpc::Status::OK;
	}

	grpc::Status Split(grpc::ServerContext *, const Line *line, grpc::ServerWriter<Line> *lines) override {
		for (int i = 0; i < line->words_size(); i++) {
			Line answer;
			answer.set_text(line->words(i));
			answer.set_number(i);
			if (!lines->Write(answer)) {
				return grpc::Status::CANCELLED;
			}
			if (line->words(i) == "fail") {
				return grpc::Status(grpc::StatusCode::ABORTED, "as asked");
			}
		}
		return grpc::Status::OK;
	}

	grpc::Status Join(grpc::ServerContext *, grpc::ServerReader<Line> *lines, Line *joined) override {
		for (Line line; lines->Read(&line);) {
			joined->add_words(line.text());
			joined->set_number(joined->number() + line.number());
		}
		return grpc::Status::OK;
	}

	grpc::Status Converse(grpc::ServerContext *, grpc::ServerReaderWriter<Line, Line> *lines) override {
		for (Line line; lines->Read(&line);) {
			Line answer;
			answer.set_text(line.text());
			answer.set_number(-line.number());
			if (!lines->Write(answer) || line.text() == "bye") {
				break;
			}
		}
		return grpc::Status::OK;
	}

	// Missing is what the generated class makes of it: unimplemented.
};

static std::string contents(const char *name) {
	std::ostringstream text;
	text << std::ifstream(name).rdbuf();
	return text.str();
}

int main(int count, char **arguments) {
	auto credentials = grpc::InsecureServerCredentials();
	if (count > 2) {
		grpc::SslServerCredentialsOptions options;
		options.pem_key_cert_pairs.push_back({contents(arguments[2]), contents(arguments[1])});
		credentials = grpc::SslServerCredentials(options);
	}
	Talk talk;
	int port = 0;
	grpc::ServerBuilder builder;
	builder.AddListeningPort("127.0.0.1:0", credentials, &port);
	builder.RegisterService(&talk);
	std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
	if (!server) {
		return 1;
	}
	std::cout << port << std::endl;
	while (std::getchar() != EOF) {
	}
	server->Shutdown(std::chrono::system_clock::now());
	return 0;
}
