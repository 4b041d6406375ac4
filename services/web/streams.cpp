#include "services/web/streams.hpp"

#include <deque>
#include <map>

#include "host/base/json.hpp"
#include "host/base/task_group.hpp"
#include "host/pki/encoding.hpp"

namespace wasmbed::web {
namespace {

/// What waits to be sent; a stream whose reader is slow waits until there is room.
constexpr std::size_t kOutboxBytesMax = 1024 * 1024;
/// One line of a watch: an Application with its module, and then some.
constexpr std::size_t kLineBytesMax = 4 * 1024 * 1024;

/// Messages on their way out, in order.
class Outbox {
  public:
    explicit Outbox(IoContext& io) : changed_(io) {}

    Task<> put(json::object message) {
        while (bytes_ > kOutboxBytesMax) co_await changed_.wait();
        auto text = json::serialize(message);
        bytes_ += text.size();
        messages_.push_back(std::move(text));
        changed_.notify_all();
    }

    /// Sends what comes until the connection ends.
    Task<> drain(net::WebSocket& socket) {
        for (;;) {
            while (messages_.empty()) co_await changed_.wait();
            auto text = std::move(messages_.front());
            messages_.pop_front();
            bytes_ -= text.size();
            changed_.notify_all();
            const bool sent = co_await socket.write(std::move(text));
            if (!sent) co_return;
        }
    }

  private:
    Notifier changed_;
    std::deque<std::string> messages_;
    std::size_t bytes_ = 0;
};

/// Turns the parts of one answer into messages: raw bytes as base64, everything else as text in whole lines, since a
/// part may end in the middle of a character.
class Parts final : public net::BodyWriter {
  public:
    Parts(Outbox& outbox, std::string id, bool raw) : outbox_(outbox), id_(std::move(id)), raw_(raw) {}

    Task<> write(std::string chunk) override {
        if (raw_) {
            co_await outbox_.put({{"id", id_}, {"base64", pki::to_base64(bytes_of(chunk))}});
            co_return;
        }
        pending_ += chunk;
        const auto end = pending_.rfind('\n');
        if (end == std::string::npos && pending_.size() > kLineBytesMax) throw std::runtime_error("a line over 4 MiB");
        if (end == std::string::npos) co_return;
        auto lines = pending_.substr(0, end + 1);
        pending_.erase(0, end + 1);
        co_await outbox_.put({{"id", id_}, {"text", std::move(lines)}});
    }

    Task<> finish() {
        if (pending_.empty()) co_return;
        co_await outbox_.put({{"id", id_}, {"text", std::exchange(pending_, {})}});
    }

  private:
    Outbox& outbox_;
    std::string id_;
    bool raw_;
    std::string pending_;
};

class Streams final : public net::WebSocketBody {
  public:
    Streams(IoContext& io, SessionPtr session, Fetch fetch)
        : io_(io), session_(std::move(session)), fetch_(std::move(fetch)), outbox_(io), tasks_(io) {}

    Task<> run(net::WebSocket& socket) override {
        tasks_.spawn("streams' outbox", outbox_.drain(socket));
        tasks_.spawn("streams' session", end_with_session(socket));
        for (;;) {
            auto message = co_await socket.read();
            if (!message) break;
            co_await take(std::move(*message));
        }
        socket.abort();
        for (auto& [id, stream] : streams_) co_await stream->stop();
        co_await tasks_.stop();
    }

  private:
    Task<> end_with_session(net::WebSocket& socket) {
        co_await session_->ended();
        co_await socket.close(kCloseSessionEnded, "the session has ended");
    }

    Task<> take(std::string message) {
        auto wish = parse_json(message);
        if (!wish) co_return;
        const std::string id(json_string(*wish, {"open"}));
        const std::string closed(json_string(*wish, {"close"}));
        if (auto found = streams_.find(closed); found != streams_.end()) {
            co_await found->second->stop();
            streams_.erase(found);
        }
        if (!id.empty()) co_await open(id, std::string(json_string(*wish, {"path"})));
    }

    Task<> open(std::string id, std::string path) {
        std::erase_if(streams_, [](const auto& stream) { return stream.second->size() == 0; });
        std::string wrong;
        if (id.size() > kStreamIdBytesMax) wrong = "the id is longer than 64 characters";
        if (streams_.contains(id)) wrong = "a stream of that id is open";
        if (streams_.size() >= kStreamsMax) wrong = "32 streams are open already";
        if (!path.starts_with('/')) wrong = "the path must begin with /";
        if (!wrong.empty()) {
            co_await outbox_.put({{"id", id.substr(0, kStreamIdBytesMax)}, {"end", true}, {"error", wrong}});
            co_return;
        }
        auto& group = streams_[id] = std::make_unique<TaskGroup>(io_);
        group->spawn("stream", pump(id, std::move(path)));
    }

    Task<> pump(std::string id, std::string path) {
        auto answer = co_await fetch_(session_, std::move(path));
        if (answer.status / 100 != 2) {
            auto error = parse_json(answer.body);
            co_await outbox_.put(
                {{"id", id}, {"status", answer.status}, {"error", error ? *error : json::value(answer.body)}});
            co_return;
        }
        co_await outbox_.put({{"id", id}, {"status", answer.status}, {"contentType", answer.content_type}});
        Parts parts(outbox_, id, answer.content_type == "application/octet-stream");
        json::object end{{"id", id}, {"end", true}};
        const bool whole = co_await send(answer, parts);
        if (!whole) end["error"] = "the stream broke off";
        co_await outbox_.put(std::move(end));
    }

    /// False when it broke off.
    static Task<bool> send(net::Response& answer, Parts& parts) {
        try {
            if (answer.stream) {
                co_await answer.stream->run(parts);
            } else if (!answer.body.empty()) {
                co_await parts.write(std::move(answer.body));
            }
            co_await parts.finish();
            co_return true;
        } catch (const std::exception&) {
            if (is_cancellation(std::current_exception())) throw;
        }
        co_return false;
    }

    IoContext& io_;
    SessionPtr session_;
    Fetch fetch_;
    Outbox outbox_;
    std::map<std::string, std::unique_ptr<TaskGroup>> streams_;  // by the client's id
    TaskGroup tasks_;
};

}  // namespace

std::unique_ptr<net::WebSocketBody> make_streams(IoContext& io, SessionPtr session, Fetch fetch) {
    return std::make_unique<Streams>(io, std::move(session), std::move(fetch));
}

}  // namespace wasmbed::web
