#include "host/process/spawn.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include "host/process/backoff.hpp"
#include "host/process/pid_file.hpp"

namespace wasmbed {
namespace {

constexpr int kGenerousMs = 20'000;

// A pipe whose write end goes to the child; reading returns at the end of the file or after the limit.
struct Pipe {
    Fd read_end;
    Fd write_end;
    Pipe() {
        int fds[2];
        EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
        read_end = Fd(fds[0]);
        write_end = Fd(fds[1]);
    }
    std::string read_line() const {
        std::string line;
        char byte;
        for (;;) {
            pollfd event{read_end.get(), POLLIN, 0};
            if (::poll(&event, 1, kGenerousMs) <= 0) return line + "<timeout>";
            if (::read(read_end.get(), &byte, 1) != 1 || byte == '\n') return line;
            line += byte;
        }
    }
};

TEST(Spawn, passes_arguments_and_exit_code) {
    Pipe out;
    auto child =
        spawn({.argv = {"/bin/sh", "-c", "echo \"$1\"; exit 7", "sh", "a b"}, .stdout_fd = out.write_end.get()});
    ASSERT_TRUE(child) << child.error().text();
    EXPECT_EQ(out.read_line(), "a b");
    ExitStatus status;
    ASSERT_TRUE(child->wait(kGenerousMs, &status));
    EXPECT_EQ(status.text(), "exit code 7");
    EXPECT_EQ(child->pid(), 0);
}

TEST(Spawn, reports_program_that_does_not_exist) {
    auto child = spawn({.argv = {"no-such-program-here"}});
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().text(), "cannot start no-such-program-here: No such file or directory");
}

TEST(Spawn, reports_working_directory_that_does_not_exist) {
    auto child = spawn({.argv = {"/bin/true"}, .directory = "/no/such/folder"});
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().code, ENOENT);
}

TEST(Spawn, hands_over_extra_descriptors_even_when_numbers_collide) {
    Pipe out;
    Pipe three;
    auto child = spawn({.argv = {"/bin/sh", "-c", "echo to-three >&3"},
                        .stdout_fd = out.write_end.get(),
                        .extra_fds = {{three.write_end.get(), 3}}});
    ASSERT_TRUE(child);
    EXPECT_EQ(three.read_line(), "to-three");
}

TEST(Spawn, keeps_what_is_inheritable_from_the_child) {
    Pipe out;
    Pipe inheritable;
    ASSERT_EQ(::fcntl(inheritable.write_end.get(), F_SETFD, 0), 0);
    auto child = spawn({.argv = {"/bin/sh", "-c", "echo up; sleep 1000"}, .stdout_fd = out.write_end.get()});
    ASSERT_TRUE(child);
    EXPECT_EQ(out.read_line(), "up");
    inheritable.write_end = Fd();
    EXPECT_EQ(inheritable.read_line(), "") << "the end of the pipe is seen while the child runs";
}

TEST(Spawn, destroying_ends_child_and_its_own_children) {
    Pipe out;
    pid_t grandchild = 0;
    {
        auto child = spawn({.argv = {"/bin/sh", "-c", "sleep 1000 & echo $!; wait"}, .stdout_fd = out.write_end.get()});
        ASSERT_TRUE(child);
        grandchild = static_cast<pid_t>(std::stol(out.read_line()));
        EXPECT_TRUE(identify_process(grandchild));
    }
    out.write_end.reset();
    // Both ends of the pipe were held by the group: end of file means that all of it is gone.
    EXPECT_EQ(out.read_line(), "");
}

TEST(Spawn, child_dies_with_a_parent_that_is_killed) {
    Pipe out;
    const pid_t middle = ::fork();
    if (middle == 0) {
        auto child = spawn({.argv = {"/bin/sh", "-c", "echo up; exec sleep 1000"}, .stdout_fd = out.write_end.get()});
        out.write_end.reset();
        ::pause();
        ::_exit(child ? 0 : 1);
    }
    out.write_end.reset();
    EXPECT_EQ(out.read_line(), "up");
    ::kill(middle, SIGKILL);
    ::waitpid(middle, nullptr, 0);
    EXPECT_EQ(out.read_line(), "") << "the child kept the pipe open after its parent's death";
}

TEST(Backoff, doubles_up_to_limit_and_starts_over_after_a_stable_run) {
    using std::chrono::milliseconds;
    Backoff backoff(milliseconds(100), milliseconds(350), milliseconds(1000));
    EXPECT_EQ(backoff.next(milliseconds(1)), milliseconds(100));
    EXPECT_EQ(backoff.next(milliseconds(1)), milliseconds(200));
    EXPECT_EQ(backoff.next(milliseconds(1)), milliseconds(350));
    EXPECT_EQ(backoff.next(milliseconds(1)), milliseconds(350));
    EXPECT_EQ(backoff.next(milliseconds(1000)), milliseconds(100));
}

}  // namespace
}  // namespace wasmbed
