// client HOST:PORT framed|buffered plain|multiplexed binary|compact apache|tagwire
//
// Calls every method of a server and exits with status 1 if an answer is not what it should be. The last argument says
// whose server it is: Apache's do not agree on the types of exceptions that are not declared.

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <thrift/TApplicationException.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/protocol/TMultiplexedProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include "Calculator.h"
#include "Extended.h"
#include "peer.h"

using namespace apache::thrift;
using alltypes::Color;
using alltypes::Everything;
using alltypes::ExtendedClient;

namespace {

int failures = 0;

void check(bool holds, const std::string& what, const std::string& detail = "") {
  if (!holds) {
    failures++;
    std::cerr << what << ": not as it should be " << detail.substr(0, 500) << "\n";
  }
}

using Nested = std::map<std::string, std::map<int32_t, std::vector<alltypes::Point>>>;
using Grid = std::vector<std::vector<int32_t>>;

// echo wants each value back from a method that returns it.
template <typename T>
void echo(const char* what, ExtendedClient& client, T (ExtendedClient::*method)(const T), std::vector<T> values) {
  for (const T& value : values) {
    check((client.*method)(value) == value, what);
  }
}

// echo wants each value back from a method that stores it.
template <typename T>
void echo(const char* what, ExtendedClient& client, void (ExtendedClient::*method)(T&, const T&),
          std::vector<T> values) {
  for (const T& value : values) {
    T got;
    (client.*method)(got, value);
    check(got == value, what);
  }
}

// integers returns the edges of an integer type.
template <typename T>
std::vector<T> integers() {
  return {0, 1, -1, std::numeric_limits<T>::max(), std::numeric_limits<T>::min()};
}

void checkEchoes(ExtendedClient& client) {
  client.ping();
  check(client.echoBool(true) && !client.echoBool(false), "echoBool");
  echo<int8_t>("echoI8", client, &ExtendedClient::echoI8, integers<int8_t>());
  echo<int16_t>("echoI16", client, &ExtendedClient::echoI16, integers<int16_t>());
  echo<int32_t>("echoI32", client, &ExtendedClient::echoI32, integers<int32_t>());
  echo<int64_t>("echoI64", client, &ExtendedClient::echoI64, integers<int64_t>());
  const double infinity = std::numeric_limits<double>::infinity();
  echo<double>("echoDouble", client, &ExtendedClient::echoDouble,
               {0, -1.5, 5e-324, std::numeric_limits<double>::max(), infinity, -infinity});
  echo<std::string>("echoString", client, &ExtendedClient::echoString,
                    {"", "a", u8"Grüße, 世界 🌍", std::string(1, '\0'), std::string(300000, 'l')});
  echo<std::string>("echoBinary", client, &ExtendedClient::echoBinary,
                    {"", std::string("\x00\xff", 2), std::string(1 << 20, '\x80')});
  echo<Color::type>("echoColor", client, &ExtendedClient::echoColor, {Color::RED, Color::GREEN, Color::BLUE});
  echo<std::set<std::string>>("echoSet", client, &ExtendedClient::echoSet, {{}, {"one"}, {"one", "two", "three"}});
  echo<Grid>("echoGrid", client, &ExtendedClient::echoGrid,
             {{}, Grid(1), {{1, 2}, {}, {-3}}, Grid(20, std::vector<int32_t>(1000, -4))});
  Nested nested;
  nested["a"];
  nested["b"] = {{1, {}}, {-2, {peer::point(1, 2), peer::point(3, 4)}}};
  echo<Nested>("echoNested", client, &ExtendedClient::echoNested, {Nested(), nested});
  echo<Everything>("echoEverything", client, &ExtendedClient::echoEverything, {peer::sample()});
}

void checkServices(ExtendedClient& client) {
  Everything got;
  client.sample(got);
  check(got == peer::sample(), "sample");
  client.check(peer::sample());
  std::string text;
  const std::string blob("\x00\xfe", 2);
  const int64_t large = -(int64_t(1) << 40);
  client.join(text, true, -8, -1600, 320000, large, -2.625, "ü", blob, Color::GREEN, peer::point(3, -4), {5, -6});
  check(text == peer::join(true, -8, -1600, 320000, large, -2.625, "ü", blob, Color::GREEN, peer::point(3, -4), {5, -6}),
        "join", text);
  client.delay(text, "later", 20);
  check(text == "later", "delay", text);
}

// thrown tells whether a call throws a given exception.
template <typename Exception, typename Call>
bool thrown(const Exception& want, Call call) {
  try {
    call();
  } catch (const Exception& got) {
    return got == want;
  }
  return false;
}

void checkDeclared(ExtendedClient& client) {
  alltypes::Denied denied;
  denied.reason = "locked";
  denied.level = Color::GREEN;
  alltypes::NotFound missing;
  missing.key = "x";
  missing.near = {"sample", "secret"};
  Everything got;
  client.find(got, "sample");
  check(got == peer::sample(), "find");
  check(thrown(denied, [&] { client.find(got, "secret"); }), "find, denied");
  check(thrown(missing, [&] { client.find(got, "x"); }), "find, missing");
  client.remove("sample", 7);
  check(thrown(denied, [&] { client.remove("secret", 7); }), "remove, denied");
  check(thrown(missing, [&] { client.remove("x", 7); }), "remove, missing");
}

void checkUndeclared(ExtendedClient& client, bool exact) {
  try {
    client.fail("the text");
    check(false, "fail");
  } catch (const TApplicationException& failure) {
    check(!exact || failure.getType() == TApplicationException::INTERNAL_ERROR, "fail, type");
    check(!exact || std::string(failure.what()) == "the text", "fail, text", failure.what());
  }
  // Apache's Python server cannot skip a blob that is not text.
  Everything skippable = peer::sample();
  skippable.blob = "text";
  for (int i = 0; i < 2; i++) {
    try {
      std::string ignored;
      client.later(ignored, skippable, {"a", "b"});
      check(false, "later");
    } catch (const TApplicationException& failure) {
      check(!exact || failure.getType() == TApplicationException::UNKNOWN_METHOD, "later, type", failure.what());
    }
    client.ping();
  }
}

// checkOneway gives the count a while to appear: a server may run a oneway method beside the next call.
void checkOneway(ExtendedClient& client) {
  const std::string key = "c++ " + std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
  const int64_t count = int64_t(1) << 40;
  client.notify(key, count);
  for (int i = 0; i < 500 && client.notified(key) != count; i++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  check(client.notified(key) == count, "notified");
}

std::shared_ptr<protocol::TProtocol> serviceProtocol(std::shared_ptr<protocol::TProtocol> protocol, bool multiplexed,
                                                     const std::string& service) {
  if (!multiplexed) {
    return protocol;
  }
  return std::make_shared<protocol::TMultiplexedProtocol>(protocol, service);
}

void run(const std::string& address, const std::string& transport, bool multiplexed, bool compact,
         bool exact) {
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
  ExtendedClient client(serviceProtocol(protocol, multiplexed, "AllTypes"));
  checkEchoes(client);
  checkServices(client);
  checkDeclared(client);
  checkUndeclared(client, exact);
  checkOneway(client);
  if (multiplexed) {
    alltypes::CalculatorClient calculator(serviceProtocol(protocol, multiplexed, "Calculator"));
    check(calculator.add(-5, int64_t(1) << 40) == (int64_t(1) << 40) - 5, "add");
    std::string first, second;
    client.owner(first);
    calculator.owner(second);
    check(first == "AllTypes" && second == "Calculator", "owner", first + " " + second);
  }
  channel->close();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cerr << "usage: client HOST:PORT framed|buffered plain|multiplexed binary|compact apache|tagwire\n";
    return 2;
  }
  alarm(40);  // A call that never ends ends the process.
  try {
    run(arguments[1], arguments[2], std::string(arguments[3]) == "multiplexed", std::string(arguments[4]) == "compact",
        std::string(arguments[5]) == "tagwire");
  } catch (const std::exception& failure) {
    check(false, "a call failed", failure.what());
  }
  return failures > 0 ? 1 : 0;
}
