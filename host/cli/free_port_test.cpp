#include "host/cli/free_port.hpp"

#include <gtest/gtest.h>

#include "host/cli/testing/tcp_socket.hpp"

namespace wasmbed::cli {
namespace {

using testing::Reuse;
using testing::TcpSocket;

constexpr char kOldKernel[] = "this kernel cannot narrow a socket's range of ports (Linux 6.3)";

TEST(FreePort, is_for_who_names_it_and_sets_reuse) {
    const auto port = reserve_free_port();
    ASSERT_TRUE(port) << port.error();
    EXPECT_EQ(TcpSocket(Reuse::No).listen(*port), EADDRINUSE);
    EXPECT_EQ(TcpSocket(Reuse::Yes).listen(*port), 0);
}

TEST(FreePort, is_not_given_to_who_asks_for_any) {
    const auto port = reserve_free_port();
    ASSERT_TRUE(port) << port.error();
    TcpSocket server(Reuse::No);
    ASSERT_EQ(server.listen(0), 0);
    for (const Reuse reuse : {Reuse::No, Reuse::Yes}) {
        TcpSocket listener(reuse), client(reuse);
        const int narrowed = listener.narrow_to(*port);
        if (narrowed == ENOPROTOOPT) GTEST_SKIP() << kOldKernel;
        ASSERT_EQ(narrowed, 0);
        EXPECT_EQ(listener.bind(0), EADDRINUSE);
        ASSERT_EQ(client.narrow_to(*port), 0);
        EXPECT_EQ(client.connect(server.port()), EADDRNOTAVAIL);
    }
}

// What the test above would see without a reservation. Others may take the port in between, but not each time.
TEST(FreePort, that_is_only_looked_up_is_given_to_who_asks_for_any) {
    bool given = false;
    for (int attempt = 0; attempt < 100 && !given; ++attempt) {
        int port = 0;
        {
            TcpSocket looking(Reuse::No);
            ASSERT_EQ(looking.bind(0), 0);
            port = looking.port();
        }
        TcpSocket other(Reuse::No);
        if (other.narrow_to(port) == ENOPROTOOPT) GTEST_SKIP() << kOldKernel;
        given = other.bind(0) == 0 && other.port() == port;
    }
    EXPECT_TRUE(given);
}

}  // namespace
}  // namespace wasmbed::cli
