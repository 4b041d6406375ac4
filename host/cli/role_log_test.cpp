#include "host/cli/role_log.hpp"

#include <gtest/gtest.h>

namespace wasmbed::cli {
namespace {

TEST(RoleLog, gives_the_reason_of_the_last_error) {
    EXPECT_EQ(last_error_in("2026-01-01T00:00:00.000Z error gateway: old error=\"first\"\n"
                            "2026-01-01T00:00:01.000Z error gateway: cannot start error=\"a \\\"b\\\" c\"\n"
                            "2026-01-01T00:00:02.000Z info  gateway: ready\n"),
              "a \"b\" c");
    EXPECT_EQ(last_error_in("2026-01-01T00:00:01.000Z error emulator: cannot listen why=\"port taken\""), "port taken");
    EXPECT_EQ(last_error_in("2026-01-01T00:00:01.000Z error x: plain text code=7\n"), "plain text code=7");
}

TEST(RoleLog, is_empty_without_an_error) {
    EXPECT_EQ(last_error_in(""), "");
    EXPECT_EQ(last_error_in("2026-01-01T00:00:02.000Z info  gateway: an error is mentioned\n\n"), "");
    EXPECT_EQ(last_error_of("/nowhere/at/all.log"), "");
}

}  // namespace
}  // namespace wasmbed::cli
