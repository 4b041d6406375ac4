#include "host/cli/terminal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include "services/apiserver/testing/test_apiserver.hpp"

namespace wasmbed::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SplitLine, keeps_quoted_words_together) {
    EXPECT_THAT(*split_line("  get  dev \"a b\" 'c\\d' e\\ f ''"), ElementsAre("get", "dev", "a b", "c\\d", "e f", ""));
    EXPECT_EQ(split_line("get \"x").error(), "the quotation mark \" is not closed");
    EXPECT_TRUE(split_line("")->empty());
}

struct Terminal : testing::Test {
    static void SetUpTestSuite() { server = new apiserver::TestApiserver(); }
    static void TearDownTestSuite() {
        delete server;
        server = nullptr;
    }

    template <class T>
    T wait(Task<T> task) {
        std::optional<T> result;
        std::exception_ptr error;
        boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T value) {
            error = e;
            result = std::move(value);
            io.stop();
        });
        io.run_for(std::chrono::seconds(30));
        io.restart();
        if (error) std::rethrow_exception(error);
        return std::move(result.value());
    }
    TerminalAnswer type(std::string line, std::chrono::milliseconds limit = kTerminalLimit) {
        return wait(run_terminal_line(io, server->admin(), "wasmbed", std::move(line), "1.2.3", limit));
    }

    static inline apiserver::TestApiserver* server = nullptr;
    IoContext io;
};

TEST_F(Terminal, runs_our_commands_under_both_names) {
    for (const char* line : {"get namespaces", "wasmbed get ns", "kubectl get ns -o wide"}) {
        auto answer = type(line);
        EXPECT_EQ(answer.exit_status, 0) << answer.errors;
        EXPECT_THAT(answer.output, HasSubstr("wasmbed")) << line;
    }
    EXPECT_EQ(type("version").output, "wasmbed 1.2.3\n");
    EXPECT_THAT(type("help").output, HasSubstr("describe"));
}

TEST_F(Terminal, refuses_what_is_not_on_its_list) {
    for (const char* line : {"up", "apply -f /etc/passwd", "delete -f x", "kubectl delete dev x", "bash -c ls",
                             "get dev --kubeconfig /etc/passwd", "app build x.c", "get \"dev", "console x", ""}) {
        auto answer = type(line);
        EXPECT_EQ(answer.exit_status, 2) << line;
        EXPECT_THAT(answer.errors, HasSubstr("error: ")) << line;
    }
}

TEST_F(Terminal, says_what_the_server_says_and_knows_nothing_of_shells) {
    EXPECT_THAT(type("get dev; ls").errors, HasSubstr("\"dev;\""));
    auto answer = type("delete device none");
    EXPECT_EQ(answer.exit_status, 1);
    EXPECT_THAT(answer.errors, HasSubstr("not found"));
}

TEST_F(Terminal, ends_what_would_go_on_at_its_limit_and_gives_what_there_was) {
    auto answer = type("get namespaces -w", std::chrono::milliseconds(500));
    EXPECT_TRUE(answer.timed_out);
    EXPECT_EQ(answer.exit_status, 124);
    EXPECT_THAT(answer.output, HasSubstr("wasmbed"));
}

std::vector<std::string> complete(Terminal& test, std::string line) {
    return test.wait(complete_terminal_line(test.io, Terminal::server->admin(), "wasmbed", std::move(line))).candidates;
}

TEST_F(Terminal, completes_commands_kinds_and_names) {
    EXPECT_THAT(complete(*this, "de"), ElementsAre("delete", "describe", "device"));
    EXPECT_THAT(complete(*this, "kubectl de"), ElementsAre("describe"));
    EXPECT_THAT(complete(*this, "get dev"), ElementsAre("devices"));
    EXPECT_THAT(complete(*this, "get ns was"), ElementsAre("wasmbed"));
    EXPECT_THAT(complete(*this, "device power o"), ElementsAre("off", "on"));
    EXPECT_THAT(complete(*this, "get ns -o y"), ElementsAre("yaml"));
    EXPECT_THAT(complete(*this, "logs --fo"), ElementsAre("--follow"));
    EXPECT_THAT(complete(*this, "nothing like this "), ElementsAre());
}

}  // namespace
}  // namespace wasmbed::cli
