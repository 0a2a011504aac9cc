// A client on grpc++ of a service whose definition was made from its description: described address.

#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include "tagwire/paper.grpc.pb.h"

using google::protobuf::util::MessageDifferencer;
using paper::page;

static int wrong = 0;

static void check(const std::string &what, bool good, const std::string &seen = "") {
	if (!good) {
		wrong++;
		std::cout << "wrong: " << what << ": " << seen.substr(0, 500) << std::endl;
	}
}

static std::unique_ptr<grpc::ClientContext> context() {
	auto made = std::make_unique<grpc::ClientContext>();
	made->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
	return made;
}

int main(int count, char **arguments) {
	if (count != 2) {
		std::cerr << "usage: described address" << std::endl;
		return 2;
	}
	auto desk = paper::Desk::NewStub(grpc::CreateChannel(arguments[1], grpc::InsecureChannelCredentials()));
	page sent, got;
	sent.set_title(u8"ü");
	(*sent.mutable_words())["a"] = 1;
	sent.set_mood(paper::GLAD);
	sent.add_marks(-1);
	sent.add_marks(int64_t(1) << 62);
	sent.set_number(-5);
	auto turning = context();
	auto status = desk->Turn(turning.get(), sent, &got);
	check("status", status.ok(), status.error_message());
	check("title", got.title() == u8"ü GLAD [-1 4611686018427387904] false", got.title());
	check("words", got.words_size() == 1 && got.words().at("a") == 2);
	check("mood", got.mood() == paper::SAD);
	check("next", MessageDifferencer::Equals(got.next(), sent));
	check("choice", got.choice_case() == page::kText && got.text() == "-5", got.text());

	auto copying = context();
	auto copies = desk->Copy(copying.get(), sent);
	int n = 0;
	for (; copies->Read(&got); n++) {
		check("copy", MessageDifferencer::Equals(got, sent));
	}
	check("copies", n == 2 && copies->Finish().ok(), std::to_string(n));

	auto joining = context();
	auto pages = desk->Join(joining.get(), &got);
	for (const char *title : {"a", "b"}) {
		page part;
		part.set_title(title);
		pages->Write(part);
	}
	pages->WritesDone();
	check("joined", pages->Finish().ok() && got.title() == "ab", got.title());
	return wrong > 0 ? 1 : 0;
}
