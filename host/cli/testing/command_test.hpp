/// \file
/// Client commands against the real API server, for tests.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <sstream>

#include "host/base/task_group.hpp"
#include "host/cli/context.hpp"
#include "services/apiserver/testing/test_apiserver.hpp"

namespace wasmbed::cli {

/// A running API server, and commands of any user of it.
class CommandTest : public testing::Test {
  protected:
    using Command = std::function<Task<int>(Context&)>;

    /// Runs one command as its own client with the rights of `config`; gives its exit status, or -1 when it has not
    /// ended after 30 s. What it printed is in out_ and err_.
    int run_as(const kube::Kubeconfig& config, const Command& command) {
        out_.str("");
        err_.str("");
        IoContext io;
        Context context(io, config, "wasmbed", out_, err_);
        int status = -1;
        TaskGroup tasks(io);
        tasks.spawn("command", [](Context& with, const Command& work, int& result, IoContext& loop) -> Task<> {
            result = co_await work(with);
            loop.stop();
        }(context, command, status, io));
        io.run_for(std::chrono::seconds(30));
        return status;
    }

    apiserver::TestApiserver server_;
    std::ostringstream out_;
    std::ostringstream err_;
};

}  // namespace wasmbed::cli
