#include "host/cli/terminal.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <optional>
#include <ostream>
#include <streambuf>

#include "host/cli/apply.hpp"
#include "host/cli/commands.hpp"
#include "host/cli/user_commands.hpp"

namespace wasmbed::cli {
namespace {

using namespace boost::asio::experimental::awaitable_operators;
using Command = std::function<Task<int>(Context&)>;

/// Keeps what is printed up to a limit, and drops the rest.
class BoundedBuffer final : public std::streambuf {
  public:
    std::string text;
    bool truncated = false;

  protected:
    std::streamsize xsputn(const char* data, std::streamsize count) override {
        const auto room = kTerminalOutputBytesMax - text.size();
        truncated |= std::size_t(count) > room;
        text.append(data, std::min(std::size_t(count), room));
        return count;
    }
    int_type overflow(int_type c) override {
        const char byte = traits_type::to_char_type(c);
        if (!traits_type::eq_int_type(c, traits_type::eof())) xsputn(&byte, 1);
        return traits_type::not_eof(c);
    }
};

/// `wasmbed ...` in the terminal: `command` becomes what the line asks for, if it asks for anything.
void add_wasmbed_commands(CLI::App& app, const CommandHost& host) {
    add_reading_commands(app, host);
    add_device_commands(app, host);
    auto words = std::make_shared<std::vector<std::string>>();
    add_command(app, host, "delete", "Delete objects", kObjectsGroup, words,
                [](Context& context, const std::vector<std::string>& given) { return remove_named(context, given); })
        ->add_option("what", *words, "KIND NAME... or KIND/NAME...")
        ->required();
    CLI::App* user = app.add_subcommand("user", "Tokens of people at the API server")->require_subcommand(1);
    add_command(*user, host, "list", "Show the tokens there are, without the secrets", "Commands",
                std::make_shared<std::string>(),
                [](Context& context, const std::string&) { return list_users(context); });
}

struct Parsed {
    int exit_status = 0;
    std::string output;
    std::string errors;
    Command command;  ///< empty: the answer is there already
    std::string ns;
};

/// What a line asks for; help and mistakes are answered at once.
Parsed parse_line(const std::string& line, const std::string& version) {
    Parsed parsed;
    auto words = split_line(line);
    if (!words) {
        parsed.exit_status = 2;
        parsed.errors = "error: " + words.error() + "\n";
        return parsed;
    }
    const bool kubectl = !words->empty() && words->front() == "kubectl";
    if (kubectl || (!words->empty() && words->front() == "wasmbed")) words->erase(words->begin());
    if (!words->empty() && words->front() == "help") words->front() = "--help";

    CLI::App app("Commands of this terminal; they run with your rights, for 30 seconds at most.",
                 kubectl ? "kubectl" : "wasmbed");
    app.require_subcommand(1);
    const CommandHost host{
        .add_flags = [&](CLI::App& command) { command.add_option("-n,--namespace", parsed.ns, "Namespace"); },
        .run = [&](Command command) { parsed.command = std::move(command); }};
    if (kubectl) {
        add_reading_commands(app, host);
    } else {
        add_wasmbed_commands(app, host);
    }
    app.add_subcommand("version", "Print the version")->callback([&] { parsed.output = "wasmbed " + version + "\n"; });
    try {
        std::reverse(words->begin(), words->end());  // as CLI11 wants them
        app.parse(*words);
    } catch (const CLI::CallForHelp&) {
        parsed.output = app.help();
    } catch (const CLI::ParseError& error) {
        parsed.exit_status = 2;
        parsed.errors = "error: " + std::string(error.what()) + "\n\n" + app.help();
    }
    return parsed;
}

Task<int> run_within(Command command, Context& context, std::chrono::milliseconds limit, bool& timed_out) {
    auto ended = co_await (command(context) || sleep_for(limit));
    timed_out = ended.index() == 1;
    co_return timed_out ? 124 : std::get<0>(ended);  // as timeout(1) has it
}

}  // namespace

Result<std::vector<std::string>, std::string> split_line(std::string_view line) {
    std::vector<std::string> words;
    std::optional<std::string> word;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote && c == quote) {
            quote = 0;
        } else if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
            word = word.value_or("") + line[++i];
        } else if (!quote && (c == '"' || c == '\'')) {
            quote = c;
            word = word.value_or("");
        } else if (!quote && (c == ' ' || c == '\t')) {
            if (word) words.push_back(std::move(*word));
            word.reset();
        } else {
            word = word.value_or("") + c;
        }
    }
    if (quote) return fail(std::string("the quotation mark ") + quote + " is not closed");
    if (word) words.push_back(std::move(*word));
    return words;
}

Task<TerminalAnswer> run_terminal_line(IoContext& io, kube::Kubeconfig config, std::string ns, std::string line,
                                       std::string version, std::chrono::milliseconds limit) {
    TerminalAnswer answer;
    if (line.size() > kTerminalLineBytesMax) {
        answer.exit_status = 2;
        answer.errors = "error: the line is longer than 4096 bytes\n";
        co_return answer;
    }
    auto parsed = parse_line(line, version);
    answer.exit_status = parsed.exit_status;
    answer.output = std::move(parsed.output);
    answer.errors = std::move(parsed.errors);
    if (!parsed.command) co_return answer;
    BoundedBuffer output, errors;
    std::ostream out(&output), err(&errors);
    Context context(io, std::move(config), parsed.ns.empty() ? std::move(ns) : parsed.ns, out, err);
    answer.exit_status = co_await run_within(std::move(parsed.command), context, limit, answer.timed_out);
    answer.output = std::move(output.text);
    answer.errors = std::move(errors.text);
    answer.truncated = output.truncated || errors.truncated;
    co_return answer;
}

}  // namespace wasmbed::cli
