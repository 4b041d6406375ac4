#include "host/cli/table.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace wasmbed::cli {
namespace {

json::value table(std::string_view rows) {
    auto parsed =
        parse_json(R"({"kind":"Table","columnDefinitions":[{"name":"Name","priority":0},{"name":"Ready","priority":0},
        {"name":"Uid","priority":1},{"name":"Age","priority":0}],"rows":)" +
                   std::string(rows) + "}");
    EXPECT_TRUE(parsed);
    return *parsed;
}

constexpr char kRows[] = R"([{"cells":["board-1","True","u1","5s"],"object":{"metadata":{"namespace":"wasmbed"}}},
                             {"cells":["a-much-longer-name",null,"u2","3m20s"],"object":{"metadata":{"namespace":"x"}}}])";

TEST(Table, columns_are_aligned_three_apart) {
    std::ostringstream out;
    TablePrinter({}).print(table(kRows), out);
    EXPECT_EQ(out.str(),
              "NAME                 READY    AGE\n"
              "board-1              True     5s\n"
              "a-much-longer-name   <none>   3m20s\n");
}

TEST(Table, wide_and_all_namespaces_add_columns) {
    std::ostringstream out;
    TablePrinter({.wide = true, .with_namespace = true, .with_header = true}).print(table(kRows), out);
    EXPECT_EQ(out.str(),
              "NAMESPACE   NAME                 READY    UID   AGE\n"
              "wasmbed     board-1              True     u1    5s\n"
              "x           a-much-longer-name   <none>   u2    3m20s\n");
}

TEST(Table, later_rows_of_a_watch_have_no_second_header) {
    std::ostringstream out;
    TablePrinter printer({});
    printer.print(table(R"([{"cells":["board-1","True","u","5s"]}])"), out);
    printer.print(table(R"([{"cells":["board-1","False","u","6s"]}])"), out);
    EXPECT_EQ(out.str(),
              "NAME      READY   AGE\n"
              "board-1   True    5s\n"
              "board-1   False   6s\n");
}

}  // namespace
}  // namespace wasmbed::cli
