/// \file
/// Clients against a running HttpServer, for tests.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <optional>

#include "host/net/http_server.hpp"

namespace wasmbed::net {

constexpr auto kGenerous = std::chrono::seconds(20);

/// Holds the server that a derived fixture starts; every test has to run one task to its end.
struct ServedTest : testing::Test {
    ~ServedTest() override { EXPECT_TRUE(finished); }

    /// Runs `task` to its end and stops the server; an exception fails the test.
    void run(Task<> task) {
        std::exception_ptr error;
        boost::asio::co_spawn(io, then_stop(std::move(task)), [&](std::exception_ptr e) {
            error = e;
            io.stop();
        });
        io.run_for(kGenerous * 2);
        if (error) std::rethrow_exception(error);
    }
    Task<> then_stop(Task<> task) {
        co_await std::move(task);
        co_await server->stop();
        EXPECT_EQ(server->connections(), 0u);
        finished = true;
    }

    IoContext io;
    std::optional<HttpServer> server;
    bool finished = false;
};

}  // namespace wasmbed::net
