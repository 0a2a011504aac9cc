// described HOST:PORT framed|buffered plain binary|compact tagwire
//
// Calls a server whose definition was made from its description, and exits with status 1 if an answer is not what it should be.

#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include "Desk.h"

using namespace apache::thrift;
using namespace paper;

namespace {

int failures = 0;

void check(bool good, const std::string& what, const std::string& seen = "") {
  if (!good) {
    failures++;
    std::cerr << what << " is wrong: " << seen << std::endl;
  }
}

void checkAll(DeskClient& client) {
  Page sent, got;
  sent.title = "one";
  sent.words = {{"a", 1}, {u8"ü", -5}};
  check(sent.mood == Mood::SAD && sent.raw == "raw\x01" && sent.marks == std::set<Mood::type>{Mood::GLAD, Mood::None_}, "a default");
  sent.__isset.marks = true;
  client.turn(got, sent, 7);
  check(got.title == "one 7 SAD [GLAD None] \"raw\\x01\"", "turn", got.title);
  check(got.words == std::map<std::string, int32_t>{{"a", 2}, {u8"ü", -4}}, "words");
  check(got.mood == Mood::None_ && got.next_ && *got.next_ == sent, "next");
  sent.mood = Mood::GLAD;
  sent.marks.clear();
  sent.raw = std::string("\0\xff", 2);
  client.turn(got, sent, -1);
  check(got.title == "one -1 GLAD [] \"\\x00\\xff\"", "turn", got.title);
  try {
    client.turn(got, Page(), 0);
    check(false, "an exception");
  } catch (const Torn& exception) {
    check(exception.title == "no title", "an exception", exception.title);
  }
  std::vector<Mood::type> moods;
  client.moods(moods, {"SAD", "GLAD", "other"});
  check(moods == std::vector<Mood::type>{Mood::GLAD, Mood::SAD}, "moods");
  Page behind;
  behind.title = "behind";
  client.hint(behind);
  std::string last;
  client.last(last);
  check(last == "behind", "last", last);
}

void run(const std::string& address, const std::string& transport, bool compact) {
  const size_t colon = address.rfind(':');
  auto socket = std::make_shared<transport::TSocket>(address.substr(0, colon), std::stoi(address.substr(colon + 1)));
  socket->setRecvTimeout(20000);
  socket->setSendTimeout(20000);
  std::shared_ptr<transport::TTransport> channel = std::make_shared<transport::TBufferedTransport>(socket);
  if (transport == "framed") {
    channel = std::make_shared<transport::TFramedTransport>(socket);
  }
  std::shared_ptr<protocol::TProtocol> protocol = std::make_shared<protocol::TBinaryProtocol>(channel);
  if (compact) {
    protocol = std::make_shared<protocol::TCompactProtocol>(channel);
  }
  channel->open();
  DeskClient client(protocol);
  checkAll(client);
  channel->close();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "usage: described HOST:PORT framed|buffered plain binary|compact tagwire\n";
    return 2;
  }
  alarm(40);  // A call that never ends ends the process.
  try {
    run(arguments[1], arguments[2], std::string(arguments[4]) == "compact");
  } catch (const std::exception& failure) {
    check(false, "a call", failure.what());
  }
  return failures > 0 ? 1 : 0;
}
