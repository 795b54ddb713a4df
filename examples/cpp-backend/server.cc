// A small HTTP/1.1 server to put behind the proxy, over Boost.Beast.
//
//   /            one line of text that names the backend
//   /health      {"status": "healthy", ...}, what health checks ask for
//   /api/status  the backend's name, its uptime, and the request as it arrived here
//
//   cpp-backend [NAME [PORT [ADDRESS]]]     backend1, 3001 (0 picks a free one), 127.0.0.1
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Json = nlohmann::ordered_json;
using RequestParser = http::request_parser<http::buffer_body>;
using Response = http::response<http::string_body>;

namespace {

constexpr auto kIdleTimeout = std::chrono::seconds(120);  // longer than the proxy keeps an idle connection

struct Backend {
  std::string name;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();

  double uptime_seconds() const {
    const auto uptime = std::chrono::steady_clock::now() - started;
    return static_cast<double>(std::chrono::round<std::chrono::milliseconds>(uptime).count()) / 1000;
  }
};

std::string text_of(beast::string_view view) {
  return {view.data(), view.size()};
}

Json describe(const Backend& backend, const RequestParser::value_type& request) {
  Json fields = Json::array();
  for (const auto& field : request)
    fields.push_back({text_of(field.name_string()), text_of(field.value())});
  return {{"backend", backend.name},
          {"uptime_seconds", backend.uptime_seconds()},
          {"method", text_of(request.method_string())},
          {"path", text_of(request.target())},
          {"headers", fields}};
}

// Whatever bytes the fields have, what is told of them is text.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Response answer(const Backend& backend, const RequestParser::value_type& request) {
  Response response(http::status::ok, request.version());
  response.set(http::field::content_type, "application/json");
  response.set("X-Backend", backend.name);
  const std::string path = text_of(request.target().substr(0, request.target().find('?')));
  if (path == "/") {
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.body() = "Hello from " + backend.name + "\n";
  } else if (path == "/health") {
    response.body() = text_of(
        Json{{"status", "healthy"}, {"backend", backend.name}, {"uptime_seconds", backend.uptime_seconds()}});
  } else if (path == "/api/status") {
    response.body() = text_of(describe(backend, request));
  } else {
    response.result(http::status::not_found);
    response.body() =
        text_of(Json{{"error", "not found"}, {"path", text_of(request.target())}, {"backend", backend.name}});
  }
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();  // the length stays
  return response;
}

// One request after the other. A client that goes away or makes a mistake ends it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const Backend& backend) : stream_(std::move(socket)), backend_(backend) {
    stream_.socket().set_option(tcp::no_delay(true));
  }

  void read_head() {
    parser_.emplace();
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    stream_.expires_after(kIdleTimeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) self->read_body_away();
                            });
  }

 private:
  void read_body_away() {
    if (parser_->is_done()) return write();
    parser_->get().body().data = away_.data();
    parser_->get().body().size = away_.size();
    stream_.expires_after(kIdleTimeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error || error == http::error::need_buffer) self->read_body_away();
                     });
  }

  void write() {
    response_ = answer(backend_, parser_->get());
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      if (self->response_.keep_alive()) return self->read_head();
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    });
  }

  beast::tcp_stream stream_;
  const Backend& backend_;
  beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  std::array<char, 16 * 1024> away_;
  Response response_;
};

void accept(tcp::acceptor& acceptor, const Backend& backend) {
  acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket), backend)->read_head();
    accept(acceptor, backend);
  });
}

}  // namespace

int main(int argc, char** argv) try {
  const Backend backend{.name = argc > 1 ? argv[1] : "backend1"};
  const auto port = static_cast<unsigned short>(argc > 2 ? std::stoul(argv[2]) : 3001);
  const auto address = asio::ip::make_address(argc > 3 ? argv[3] : "127.0.0.1");

  asio::io_context context(1);
  tcp::acceptor acceptor(context, tcp::endpoint(address, port));
  accept(acceptor, backend);
  asio::signal_set ends(context, SIGTERM, SIGINT);
  ends.async_wait([&context](auto...) { context.stop(); });
  std::cout << backend.name << " listens on http://" << acceptor.local_endpoint() << std::endl;
  context.run();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "cpp-backend: " << error.what() << std::endl;
  return 1;
}
