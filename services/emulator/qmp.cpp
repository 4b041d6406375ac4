#include "services/emulator/qmp.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <fmt/format.h>
#include <istream>

#include "host/process/wait.hpp"
#include "services/emulator/unix_path.hpp"

namespace wasmbed::emulator {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

Task<json::value> read_message(Socket& socket, asio::streambuf& buffer) {
    co_await asio::async_read_until(socket, buffer, '\n', asio::use_awaitable);
    std::istream input(&buffer);
    std::string line;
    std::getline(input, line);
    auto value = parse_json(line);
    if (!value) throw std::runtime_error("it sent no JSON: " + value.error());
    co_return std::move(*value);
}

// Skips events, which may come at any time, up to the answer of the command that was sent.
Task<json::value> read_answer(Socket& socket, asio::streambuf& buffer) {
    for (;;) {
        json::value message = co_await read_message(socket, buffer);
        if (json_find(message, {"return"}) || json_find(message, {"error"})) co_return message;
    }
}

Task<json::value> execute(Socket& socket, asio::streambuf& buffer, std::string command, json::object arguments) {
    json::object request{{"execute", command}};
    if (!arguments.empty()) request["arguments"] = std::move(arguments);
    const std::string line = json::serialize(request) + "\n";
    co_await asio::async_write(socket, asio::buffer(line), asio::use_awaitable);
    json::value answer = co_await read_answer(socket, buffer);
    co_return answer;
}

// One conversation; `failure` says why there is no answer.
Task<> converse(const std::filesystem::path& path, const std::string& command, const json::object& arguments,
                json::value& answer, std::string& failure) {
    Socket socket(co_await asio::this_coro::executor);
    asio::streambuf buffer(kAnswerBytesMax);
    try {
        const UnixPath reachable(path);
        co_await socket.async_connect(asio::local::stream_protocol::endpoint(reachable.text()), asio::use_awaitable);
        co_await read_message(socket, buffer);  // the greeting
        co_await execute(socket, buffer, "qmp_capabilities", {});
        answer = co_await execute(socket, buffer, command, arguments);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) throw;
        failure = error.code().message();
    } catch (const std::exception& error) {
        failure = error.what();
    }
}

}  // namespace

Task<Result<json::value, std::string>> qmp_command(std::filesystem::path path, std::string command,
                                                   json::object arguments, OpContext context) {
    json::value answer;
    std::string failure;
    const bool in_time = co_await finish_by(converse(path, command, arguments, answer, failure), context.deadline);
    if (!in_time) co_return fail(std::string("QEMU's monitor did not answer in time"));
    if (!failure.empty()) co_return fail("QEMU's monitor: " + failure);
    if (const json::value* result = json_find(answer, {"return"})) co_return *result;
    co_return fail("QEMU refused " + command + ": " + std::string(json_string(answer, {"error", "desc"})));
}

Task<Result<void, std::string>> qmp_reset(std::filesystem::path socket, OpContext context) {
    auto answer = co_await qmp_command(std::move(socket), "system_reset", {}, context);
    if (!answer) co_return fail(answer.error());
    co_return Result<void, std::string>{};
}

Task<Result<std::vector<std::uint32_t>, std::string>> qmp_read_words(std::filesystem::path socket,
                                                                     std::uint64_t address, unsigned count,
                                                                     OpContext context) {
    json::object arguments{{"command-line", fmt::format("xp /{}wx {:#x}", count, address)}};
    auto answer = co_await qmp_command(std::move(socket), "human-monitor-command", std::move(arguments), context);
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
