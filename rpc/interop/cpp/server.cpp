// server framed|buffered plain|multiplexed binary|compact threaded|nonblocking
//
// Serves on a free port of 127.0.0.1, prints the port, and ends when its standard input does. The non-blocking server
// of this library speaks framed only.

#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <thrift/processor/TMultiplexedProcessor.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/server/TNonblockingServer.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TNonblockingServerSocket.h>
#include <thrift/transport/TServerSocket.h>

#include "AllTypes.h"
#include "Calculator.h"
#include "peer.h"

using namespace apache::thrift;

namespace {

using Nested = std::map<std::string, std::map<int32_t, std::vector<alltypes::Point>>>;

// Handler answers AllTypes.
class Handler : public alltypes::AllTypesIf {
 public:
  void ping() override {}
  bool echoBool(const bool value) override { return value; }
  int8_t echoI8(const int8_t value) override { return value; }
  int16_t echoI16(const int16_t value) override { return value; }
  int32_t echoI32(const int32_t value) override { return value; }
  int64_t echoI64(const int64_t value) override { return value; }
  double echoDouble(const double value) override { return value; }
  void echoString(std::string& result, const std::string& value) override { result = value; }
  void echoBinary(std::string& result, const std::string& value) override { result = value; }
  alltypes::Color::type echoColor(const alltypes::Color::type value) override { return value; }
  void echoSet(std::set<std::string>& result, const std::set<std::string>& value) override { result = value; }
  void echoGrid(std::vector<std::vector<int32_t>>& result, const std::vector<std::vector<int32_t>>& value) override {
    result = value;
  }
  void echoNested(Nested& result, const Nested& value) override { result = value; }
  void echoEverything(alltypes::Everything& result, const alltypes::Everything& value) override { result = value; }

  void sample(alltypes::Everything& result) override { result = peer::sample(); }

  void check(const alltypes::Everything& value) override {
    if (!(value == peer::sample())) {
      std::ostringstream text;
      text << "not the sample: " << value;
      throw std::runtime_error(text.str());
    }
  }

  void join(std::string& result, const bool flag, const int8_t tiny, const int16_t small, const int32_t medium,
            const int64_t large, const double real, const std::string& text, const std::string& blob,
            const alltypes::Color::type color, const alltypes::Point& point,
            const std::vector<int32_t>& numbers) override {
    result = peer::join(flag, tiny, small, medium, large, real, text, blob, color, point, numbers);
  }

  void find(alltypes::Everything& result, const std::string& key) override {
    if (key == "sample") {
      result = peer::sample();
      return;
    }
    if (key == "secret") {
      alltypes::Denied denied;
      denied.reason = "locked";
      denied.level = alltypes::Color::GREEN;
      throw denied;
    }
    alltypes::NotFound missing;
    missing.key = key;
    missing.near = {"sample", "secret"};
    throw missing;
  }

  void remove(const std::string& key, const int32_t version) override {
    if (version != 7) {
      throw std::runtime_error("the version is not 7");
    }
    alltypes::Everything ignored;
    find(ignored, key);
  }

  void notify(const std::string& key, const int64_t count) override {
    std::lock_guard<std::mutex> lock(mutex);
    counts[key] = count;
  }

  int64_t notified(const std::string& key) override {
    std::lock_guard<std::mutex> lock(mutex);
    return counts[key];
  }

  void delay(std::string& result, const std::string& text, const int32_t milliseconds) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    result = text;
  }

  void fail(const std::string& text) override { throw std::runtime_error(text); }
  void owner(std::string& result) override { result = "AllTypes"; }

 private:
  std::mutex mutex;
  std::map<std::string, int64_t> counts;
};

// Numbers answers Calculator.
class Numbers : public alltypes::CalculatorIf {
 public:
  int64_t add(const int32_t left, const int64_t right) override { return left + right; }
  void owner(std::string& result) override { result = "Calculator"; }
};

// Announcer prints the port once the server listens.
class Announcer : public server::TServerEventHandler {
 public:
  explicit Announcer(std::function<int()> port) : port(port) {}
  void preServe() override { std::cout << port() << std::endl; }

 private:
  std::function<int()> port;
};

std::shared_ptr<TProcessor> processorOf(const std::string& services) {
  auto single = std::make_shared<alltypes::AllTypesProcessor>(std::make_shared<Handler>());
  if (services != "multiplexed") {
    return single;
  }
  auto both = std::make_shared<TMultiplexedProcessor>();
  both->registerProcessor("AllTypes", single);
  both->registerProcessor("Calculator", std::make_shared<alltypes::CalculatorProcessor>(std::make_shared<Numbers>()));
  return both;
}

void endWithInput() {
  char ignored[64];
  while (read(0, ignored, sizeof ignored) > 0) {
  }
  _exit(0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::cerr << "usage: server framed|buffered plain|multiplexed binary|compact threaded|nonblocking\n";
    return 2;
  }
  const std::string transport = arguments[1], kind = arguments[4];
  auto processor = processorOf(arguments[2]);
  std::shared_ptr<protocol::TProtocolFactory> protocols = std::make_shared<protocol::TBinaryProtocolFactory>();
  if (std::string(arguments[3]) == "compact") {
    protocols = std::make_shared<protocol::TCompactProtocolFactory>();
  }
  std::thread(endWithInput).detach();
  if (kind == "nonblocking") {
    auto socket = std::make_shared<transport::TNonblockingServerSocket>("127.0.0.1", 0);
    server::TNonblockingServer server(processor, protocols, socket);
    server.setServerEventHandler(std::make_shared<Announcer>([&] { return server.getListenPort(); }));
    server.serve();
    return 0;
  }
  auto socket = std::make_shared<transport::TServerSocket>("127.0.0.1", 0);
  std::shared_ptr<transport::TTransportFactory> transports = std::make_shared<transport::TBufferedTransportFactory>();
  if (transport == "framed") {
    transports = std::make_shared<transport::TFramedTransportFactory>();
  }
  server::TThreadedServer server(processor, socket, transports, protocols);
  server.setServerEventHandler(std::make_shared<Announcer>([&] { return socket->getPort(); }));
  server.serve();
  return 0;
}
