// Keeps sdk/c/wasmbed.h equal to the table. When this fails, put the block it prints between the two marker lines of
// the header.
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <string_view>

#include "core/hostapi/host_functions.hpp"

namespace wasmbed::hostapi {
namespace {

struct Declaration {
    std::string_view module, name, result, parameters, doc;
};

constexpr Declaration kDeclarations[] = {
#define HOST_FUNCTION(id, module, name, signature, permission, c_result, c_parameters, doc) \
    {module, name, #c_result, #c_parameters, doc},
#include "core/hostapi/host_functions.inc"
};

constexpr std::string_view kBegin = "// Host functions, as in core/hostapi/host_functions.inc.\n";
constexpr std::string_view kEnd = "// End of host functions.\n";

std::string expected_block() {
    std::string out;
    for (const Declaration& row : kDeclarations) {
        if (!row.module.starts_with("wasmbed_")) continue;
        const std::string module{row.module}, name{row.name};
        out += "\n/// " + std::string{row.doc} + "\n";
        out += "WASMBED_IMPORT(\"" + module + "\", \"" + name + "\")\n";
        out += std::string{row.result} + " " + module + "_" + name + std::string{row.parameters} + ";\n";
    }
    return out + "\n";
}

TEST(SdkHeader, declares_exactly_the_functions_of_the_table) {
    std::ifstream file{WASMBED_SDK_HEADER};
    ASSERT_TRUE(file) << WASMBED_SDK_HEADER;
    const std::string header{std::istreambuf_iterator<char>{file}, {}};
    const std::size_t begin = header.find(kBegin);
    const std::size_t end = header.find(kEnd);
    ASSERT_NE(begin, std::string::npos);
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(header.substr(begin + kBegin.size(), end - begin - kBegin.size()), expected_block())
        << "expected between the marker lines:\n"
        << expected_block();
}

TEST(SdkHeader, c_parameters_agree_with_the_signatures) {
    std::size_t index = 0;
    for (const HostFunction& function : host_functions()) {
        const Declaration& row = kDeclarations[index++];
        const std::string_view signature = signature_of(function.id);
        const std::string_view types = signature.substr(1, signature.find(')') - 1);
        std::string found;
        if (row.parameters != "(void)") {
            for (std::size_t at = 1; at < row.parameters.size();) {
                std::size_t stop = row.parameters.find_first_of(",)", at);
                found += row.parameters.substr(at, stop - at).find("64_t") != std::string_view::npos ? 'I' : 'i';
                at = stop + 1;
            }
        }
        EXPECT_EQ(found, types) << function.name;
        const std::string_view result = signature.substr(signature.find(')') + 1);
        EXPECT_EQ(result, row.result == "void" ? "" : row.result == "int64_t" ? "I" : "i") << function.name;
    }
}

}  // namespace
}  // namespace wasmbed::hostapi
