// A client of idl/talk.proto on grpc++ that checks all that it is told: client address [certificate].

#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include "talk.grpc.pb.h"

using google::protobuf::util::MessageDifferencer;
using grpc::ClientContext;
using tagwire::interop::Line;
using Stub = tagwire::interop::Talk::Stub;

static int wrong = 0;

static void check(const std::string &what, bool good, const std::string &seen = "") {
	if (!good) {
		wrong++;
		std::cout << "wrong: " << what << ": " << seen.substr(0, 500) << std::endl;
	}
}

static void check(const std::string &what, const grpc::Status &status, grpc::StatusCode code, const std::string &message = "") {
	check(what, status.error_code() == code && (message.empty() || status.error_message() == message),
		std::to_string(status.error_code()) + " " + status.error_message());
}

static Line sample() {
	Line line;
	line.set_text(u8"ünïcödé ☺ 😈");
	line.set_number(-(int64_t(1) << 62));
	line.set_data(std::string("\0\xff\x80", 3));
	line.add_words("");
	line.add_words("a");
	line.add_words(u8"ß");
	(*line.mutable_counts())[""] = 0;
	(*line.mutable_counts())["many"] = 4294967295u;
	line.set_mood(tagwire::interop::SAD);
	line.set_weight(-0.1);
	line.mutable_about()->set_text("inner");
	line.mutable_about()->set_weight(0);
	line.add_marks(0);
	line.add_marks(4294967295u);
	return line;
}

static std::vector<std::string> many() {
	std::vector<std::string> words;
	for (int i = 0; i < 1000; i++) {
		words.push_back(std::string(1 + i % 7 * i % 5000, 'w'));
	}
	return words;
}

static void calls(Stub &stub) {
	for (bool compressed : {false, true}) {
		ClientContext context;
		context.AddMetadata("x-echo", "first");
		context.AddMetadata("x-echo", "second");
		context.AddMetadata("x-echo-bin", std::string("\0\xff\n", 3));
		if (compressed) {
			context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
		}
		Line answer, expected = sample();
		expected.set_number(expected.number() + 1);
		check("a call", stub.Say(&context, sample(), &answer), grpc::StatusCode::OK);
		check("the answer", MessageDifferencer::Equals(answer, expected), answer.ShortDebugString());
		std::string header, trailer;
		for (const auto &pair : context.GetServerInitialMetadata()) {
			if (pair.first == "x-echo") {
				header += (header.empty() ? "" : ",") + std::string(pair.second.data(), pair.second.size());
			}
		}
		for (const auto &pair : context.GetServerTrailingMetadata()) {
			if (pair.first == "x-echo-bin") {
				trailer += std::string(pair.second.data(), pair.second.size());
			}
		}
		check("the header", header == "first,second" || header == "first, second", header);
		check("the trailer", trailer == std::string("\0\xff\n", 3), trailer);
	}
	{
		ClientContext context;
		Line line, answer;
		for (int i = 0; i < 1 << 17; i++) {
			line.mutable_data()->append("0123456789abcdef");
		}
		check("a long call", stub.Say(&context, line, &answer), grpc::StatusCode::OK);
		check("its answer", answer.data() == line.data());
	}
	{
		ClientContext context;
		Line line, answer;
		line.set_text("fail");
		line.mutable_about()->set_text(u8"100% ünknown\n");
		check("a status", stub.Say(&context, line, &answer), grpc::StatusCode::NOT_FOUND, line.about().text());
	}
	{
		ClientContext context;
		Line answer;
		check("a missing method", stub.Missing(&context, Line(), &answer), grpc::StatusCode::UNIMPLEMENTED);
	}
	{
		ClientContext context;
		context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
		Line line, answer;
		line.set_text("sleep");
		check("a deadline", stub.Say(&context, line, &answer), grpc::StatusCode::DEADLINE_EXCEEDED);
	}
}

static void streams(Stub &stub) {
	const auto words = many();
	{
		ClientContext context;
		Line line, answer;
		for (const auto &word : words) {
			line.add_words(word);
		}
		auto answers = stub.Split(&context, line);
		size_t n = 0;
		for (; answers->Read(&answer); n++) {
			check("a line", n < words.size() && answer.text() == words[n] && answer.number() == int64_t(n));
		}
		check("a server stream", answers->Finish(), grpc::StatusCode::OK);
		check("its lines", n == words.size(), std::to_string(n));
	}
	{
		ClientContext context;
		Line line, answer;
		line.add_words("a");
		line.add_words("fail");
		line.add_words("b");
		auto answers = stub.Split(&context, line);
		std::string came;
		while (answers->Read(&answer)) {
			came += answer.text() + " ";
		}
		check("a failing stream", answers->Finish(), grpc::StatusCode::ABORTED, "as asked");
		check("what came before", came == "a fail ", came);
	}
	for (const auto &texts : {words, std::vector<std::string>()}) {
		ClientContext context;
		Line joined, expected;
		auto lines = stub.Join(&context, &joined);
		for (size_t i = 0; i < texts.size(); i++) {
			Line line;
			line.set_text(texts[i]);
			line.set_number(int64_t(i));
			expected.add_words(texts[i]);
			expected.set_number(expected.number() + int64_t(i));
			check("writing", lines->Write(line));
		}
		lines->WritesDone();
		check("a client stream", lines->Finish(), grpc::StatusCode::OK);
		check("its answer", MessageDifferencer::Equals(joined, expected));
	}
}

static Line say(const std::string &text, int64_t number) {
	Line line;
	line.set_text(text);
	line.set_number(number);
	return line;
}

static void conversations(Stub &stub) {
	Line answer;
	{
		ClientContext context;
		auto lines = stub.Converse(&context);
		for (int turn = 0; turn < 200; turn++) {
			const std::string text(size_t(turn * turn), 'x');
			check("writing", lines->Write(say(text, turn)));
			check("reading", lines->Read(&answer));
			check("an answer", answer.text() == text && answer.number() == -turn, std::to_string(answer.number()));
		}
		lines->WritesDone();
		check("the end", !lines->Read(&answer));
		check("a conversation", lines->Finish(), grpc::StatusCode::OK);
	}
	{
		ClientContext context;
		auto lines = stub.Converse(&context);
		lines->Write(say("hello", 0));
		lines->Write(say("bye", 1));
		std::string came;
		while (lines->Read(&answer)) {
			came += answer.text() + " ";
		}
		check("an early end", lines->Finish(), grpc::StatusCode::OK);
		check("its answers", came == "hello bye ", came);
	}
	{
		ClientContext context;
		auto lines = stub.Converse(&context);
		lines->Write(say("hello", 0));
		check("reading", lines->Read(&answer));
		context.TryCancel();
		check("reading what was cancelled", !lines->Read(&answer));
		check("a cancelled call", lines->Finish(), grpc::StatusCode::CANCELLED);
	}
}

int main(int count, char **arguments) {
	auto credentials = grpc::InsecureChannelCredentials();
	grpc::ChannelArguments options;
	if (count > 2) {
		std::ostringstream certificate;
		certificate << std::ifstream(arguments[2]).rdbuf();
		credentials = grpc::SslCredentials({certificate.str(), "", ""});
		options.SetSslTargetNameOverride("localhost");
	}
	auto stub = tagwire::interop::Talk::NewStub(grpc::CreateCustomChannel(arguments[1], credentials, options));
	calls(*stub);
	streams(*stub);
	conversations(*stub);
	return wrong == 0 ? 0 : 1;
}
