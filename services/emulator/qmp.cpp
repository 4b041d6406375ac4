#include "services/emulator/qmp.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <fmt/format.h>
#include <istream>
#include <utility>

#include "host/base/log.hpp"
#include "host/process/wait.hpp"
#include "services/emulator/unix_path.hpp"

namespace wasmbed::emulator {
namespace {

namespace asio = boost::asio;
namespace local = asio::local;

constexpr std::size_t kMessageBytesMax = 64 * 1024;
constexpr std::chrono::milliseconds kConnectPeriod{10};

// Runs `end` when the scope is left, by cancellation too.
template <class F>
class AtEnd {
  public:
    explicit AtEnd(F end) : end_(std::move(end)) {}
    ~AtEnd() { end_(); }
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;

  private:
    F end_;
};

}  // namespace

struct QmpSession::Connection {
    explicit Connection(IoContext& io) : socket(io), buffer(kMessageBytesMax) {}

    // The next message; null when QEMU closed the connection, or sent what is no message.
    Task<json::value> read() {
        boost::system::error_code error;
        co_await asio::async_read_until(socket, buffer, '\n', asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return nullptr;
        std::istream input(&buffer);
        std::string line;
        std::getline(input, line);
        auto message = parse_json(line);
        if (!message) log_warn("QEMU's monitor sent no JSON", {{"why", message.error()}});
        co_return message ? std::move(*message) : json::value(nullptr);
    }

    local::stream_protocol::socket socket;
    asio::streambuf buffer;
};

QmpSession::QmpSession(IoContext& io, std::function<void(const json::value&)> on_event)
    : io_(io), on_event_(std::move(on_event)), changed_(io) {}
QmpSession::~QmpSession() = default;

Task<QmpSession::ConnectionPtr> QmpSession::open(const std::filesystem::path& socket) {
    // Nothing announces the socket. Whoever started QEMU cancels this when QEMU ends.
    Fd fd = connect_unix(socket);
    while (!fd) {
        co_await sleep_for(kConnectPeriod);
        fd = connect_unix(socket);
    }
    auto connection = std::make_shared<Connection>(io_);
    connection->socket.assign(local::stream_protocol(), fd.release());
    co_await connection->read();  // the greeting
    co_await send(connection, R"({"execute": "qmp_capabilities"})");
    co_await connection->read();
    co_return connection;
}

Task<> QmpSession::run(std::filesystem::path socket) {
    const AtEnd end([this] {
        connection_.reset();
        ended_ = true;
        changed_.notify_all();
    });
    const ConnectionPtr connection = co_await open(socket);
    connection_ = connection;
    changed_.notify_all();
    for (;;) {
        const json::value message = co_await connection->read();
        if (message.is_null()) co_return;
        dispatch(message);
    }
}

void QmpSession::dispatch(const json::value& message) {
    if (json_find(message, {"event"})) return on_event_(message);
    const auto waiting = answers_.find(json_int(message, {"id"}));
    if (waiting == answers_.end()) return;  // its caller gave up
    waiting->second = message;
    changed_.notify_all();
}

// One line at a time: a second write must not get into the middle of the first.
Task<> QmpSession::send(ConnectionPtr connection, std::string line) {
    while (sending_) co_await changed_.wait();
    sending_ = true;
    const AtEnd end([this] {
        sending_ = false;
        changed_.notify_all();
    });
    line += "\n";
    boost::system::error_code ignored;  // the reader sees the end of the connection
    co_await asio::async_write(connection->socket, asio::buffer(line),
                               asio::redirect_error(asio::use_awaitable, ignored));
}

Task<> QmpSession::ask(std::int64_t id, std::string line) {
    while (!connection_ && !ended_) co_await changed_.wait();
    if (ended_) co_return;
    co_await send(connection_, std::move(line));
    while (answers_.at(id).is_null() && !ended_) co_await changed_.wait();
}

Task<Result<json::value, std::string>> QmpSession::execute(std::string command, json::object arguments,
                                                           OpContext context) {
    const std::int64_t id = ++last_id_;
    answers_[id] = nullptr;
    const AtEnd end([this, id] { answers_.erase(id); });
    json::object request{{"execute", command}, {"id", id}};
    if (!arguments.empty()) request["arguments"] = std::move(arguments);
    const bool in_time = co_await finish_by(ask(id, json::serialize(request)), context.deadline);
    if (!in_time) co_return fail(std::string("QEMU's monitor did not answer in time"));
    const json::value answer = answers_.at(id);
    if (answer.is_null()) co_return fail(std::string("the board is off"));
    if (const json::value* result = json_find(answer, {"return"})) co_return *result;
    co_return fail("QEMU refused " + command + ": " + std::string(json_string(answer, {"error", "desc"})));
}

Task<Result<std::vector<std::uint32_t>, std::string>> qmp_read_words(QmpSession& session, std::uint64_t address,
                                                                     unsigned count, OpContext context) {
    json::object arguments{{"command-line", fmt::format("xp /{}wx {:#x}", count, address)}};
    auto answer = co_await session.execute("human-monitor-command", std::move(arguments), context);
    if (!answer) co_return fail(answer.error());
    if (!answer->is_string()) co_return fail(std::string("QEMU's monitor answered without text"));
    co_return parse_memory_dump(std::string_view(answer->get_string()), count);
}

Result<std::vector<std::uint32_t>, std::string> parse_memory_dump(std::string_view text, unsigned count) {
    std::vector<std::uint32_t> words;
    const auto unexpected = [&] { return fail("QEMU's monitor answered: " + std::string(text.substr(0, 200))); };
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        std::size_t at = line.find(": ");
        if (at == std::string_view::npos) {
            if (line.find_first_not_of(" \r") == std::string_view::npos) continue;
            return unexpected();
        }
        while ((at = line.find("0x", at)) != std::string_view::npos) {
            std::uint32_t word = 0;
            at += 2;
            if (std::from_chars(line.data() + at, line.data() + line.size(), word, 16).ec != std::errc())
                return unexpected();
            words.push_back(word);
        }
    }
    if (words.size() != count) return unexpected();
    return words;
}

}  // namespace wasmbed::emulator
