#include "host/process/wait.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "host/base/task_group.hpp"
#include "host/process/fd.hpp"

namespace wasmbed {
namespace {

Task<> note_readable(int fd, bool& readable) {
    co_await wait_readable(fd);
    readable = true;
}

// What a command has for standard input in a script.
TEST(WaitReadable, returns_at_once_for_files_and_the_null_device) {
    for (const char* path : {"/dev/null", "/proc/self/exe"}) {
        const Fd fd(::open(path, O_RDONLY | O_CLOEXEC));
        ASSERT_TRUE(fd);
        IoContext io;
        TaskGroup tasks(io);
        bool readable = false;
        tasks.spawn("wait", note_readable(fd.get(), readable));
        io.run();
        EXPECT_TRUE(readable) << path;
    }
}

}  // namespace
}  // namespace wasmbed
