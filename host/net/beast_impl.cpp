// The one place where Beast's own code is compiled; see BOOST_BEAST_SEPARATE_COMPILATION in host/base/CMakeLists.txt.
#include <boost/beast/src.hpp>
