// The emulator's secure element by itself, for tests that run a board without the emulator (device/firmware).
//
//   secure_element FILE SOCKET READ_ONLY ERASE_BLOCK PROGRAM_UNIT
//
// Serves FILE, all of it, at SOCKET until it is killed; says "ready" when it listens.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdio>
#include <cstdlib>

#include "services/emulator/secure_element_server.hpp"

int main(int argc, char** argv) {
    using namespace wasmbed;
    using namespace wasmbed::emulator;
    if (argc != 6) {
        std::fputs("usage: secure_element FILE SOCKET READ_ONLY ERASE_BLOCK PROGRAM_UNIT\n", stderr);
        return 2;
    }
    const auto number = [&](int at) { return std::strtoul(argv[at], nullptr, 10); };
    const SecureElement::Layout layout{static_cast<std::uint32_t>(std::filesystem::file_size(argv[1])),
                                       static_cast<std::uint32_t>(number(3)), static_cast<std::uint16_t>(number(4)),
                                       static_cast<std::uint8_t>(number(5))};
    auto element = SecureElement::open(argv[1], layout, {'c', 'o', 'n', 't', 'r', 'a', 'c', 't'});
    IoContext io;
    if (element) {
        SecureElementServer server(io, std::move(*element));
        if (auto listening = server.listen(argv[2]); !listening) {
            std::fprintf(stderr, "secure_element: %s\n", listening.error().c_str());
            return 1;
        }
        boost::asio::co_spawn(io, server.serve(), boost::asio::detached);
        std::puts("ready");
        std::fflush(stdout);
        io.run();
        return 0;
    }
    std::fprintf(stderr, "secure_element: %s\n", element.error().c_str());
    return 1;
}
