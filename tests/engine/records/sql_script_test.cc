#include "engine/records/sql_script.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/status.h"

namespace pulih {
namespace {

std::vector<std::string> Statements(std::string_view script) {
  std::vector<std::string> statements;
  REQUIRE(ForEachStatement(script, [&](std::string_view statement) {
            statements.emplace_back(statement);
            return OkStatus();
          }).ok());
  return statements;
}
using List = std::vector<std::string>;

}  // namespace

TEST_CASE("a script is taken apart where its statements end, and nowhere else") {
  CHECK(Statements("").empty());
  CHECK(Statements(" ;; -- nothing;\n/* nor ; /* here; */ ; */ ;").empty());
  CHECK(Statements("A; B") == List{"A", "B"});
  CHECK(Statements("-- c\nA 1 ;\n\n B\n;") == List{"A 1 ", "B\n"});
  CHECK(Statements("A ';' ''';' ;B") == List{"A ';' ''';' ", "B"});
  CHECK(Statements("A '\\';B") == List{"A '\\'", "B"});  // standard strings know no backslash
  CHECK(Statements("A E'\\';' ;B") == List{"A E'\\';' ", "B"});
  CHECK(Statements("A \"x;\"\"y\";B") == List{"A \"x;\"\"y\"", "B"});
  CHECK(Statements("A $$;$x$;$$;B $x$;$$;$x$;C") == List{"A $$;$x$;$$", "B $x$;$$;$x$", "C"});
  CHECK(Statements("A $1;B x$1$;C") == List{"A $1", "B x$1$", "C"});  // a parameter, a name with dollar signs
  CHECK(Statements("CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2);B") ==
        List{"CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2)", "B"});
  CHECK(Statements("\\restrict abc;\nA;\n\\unrestrict abc\n") == List{"A"});
}

TEST_CASE("a function's body of several statements is one statement") {
  const std::string body =
      "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql\n BEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 END;\n "
      "SELECT 2;\nEND";
  CHECK(Statements(body + ";B") == List{body, "B"});
  const std::string procedure = "CREATE PROCEDURE begin_it() BEGIN ATOMIC DELETE FROM t; END";
  CHECK(Statements(procedure + ";B") == List{procedure, "B"});
  CHECK(Statements("BEGIN; A; END; B") == List{"BEGIN", "A", "END", "B"});
  CHECK(Statements("CREATE VIEW v AS SELECT 1 AS begin; B") == List{"CREATE VIEW v AS SELECT 1 AS begin", "B"});
}

TEST_CASE("what is open at the end is one last statement") {
  for (const char* script : {"A 'x;", "A \"x;", "A $$x;", "A (x;", "A /* x;", "A E'x\\", "A E'x\\'", "$", "$a", "'"}) {
    INFO(script);
    CHECK(Statements(script).size() == 1);
  }
  CHECK(Statements("/* x;").empty());
  CHECK(Statements(std::string(1 << 20, '(')).size() == 1);
  CHECK(Statements(std::string(1 << 20, '$')).size() == 1);
}

TEST_CASE("statements that may fail where a role is missing are known by their words") {
  CHECK(KindOfStatement("ALTER TABLE public.t OWNER TO budi") == StatementKind::owner);
  CHECK(KindOfStatement("alter function f(a int, \"b\" text) owner to \"Budi W\"") == StatementKind::owner);
  CHECK(KindOfStatement("ALTER SCHEMA \"OWNER TO\" OWNER TO budi") == StatementKind::owner);
  CHECK(KindOfStatement("ALTER TABLE t ADD CONSTRAINT owner CHECK (to_x > 1)") == StatementKind::other);
  CHECK(KindOfStatement("ALTER TABLE t ALTER owner SET DEFAULT 1") == StatementKind::other);
  CHECK(KindOfStatement("GRANT SELECT ON t TO x") == StatementKind::privileges);
  CHECK(KindOfStatement("REVOKE ALL ON t FROM x") == StatementKind::privileges);
  CHECK(KindOfStatement("ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT SELECT ON TABLES TO y") ==
        StatementKind::privileges);
  CHECK(KindOfStatement("COMMENT ON EXTENSION plpgsql IS 'x'") == StatementKind::extension_comment);
  CHECK(KindOfStatement("COMMENT ON TABLE extension IS 'x'") == StatementKind::other);
  CHECK(KindOfStatement("SET default_tablespace = ''") == StatementKind::setting);
  CHECK(KindOfStatement("CREATE TABLE t (owner text)") == StatementKind::other);
  CHECK(KindOfStatement("") == StatementKind::other);
}

}  // namespace pulih
