#include "libs/pg/tenancy.h"

namespace centralita::pg {
namespace {

constexpr const char* kUp = R"sql(
CREATE FUNCTION centralita.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('centralita.tenant_id', true), '')::uuid $$;
COMMENT ON FUNCTION centralita.tenant() IS 'The tenant of this transaction; NULL for none.';

CREATE FUNCTION centralita.protect(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', table_name);
  EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = centralita.tenant())'
                 ' WITH CHECK (tenant_id = centralita.tenant())', table_name);
END
$$;
COMMENT ON FUNCTION centralita.protect(regclass) IS 'Lets each transaction see and write its tenant''s rows only.';
)sql";

constexpr const char* kDown = R"sql(
DROP FUNCTION centralita.protect(regclass);
DROP FUNCTION centralita.tenant();
)sql";

constexpr Migration kMigrations[] = {{1, "tenancy", kUp, kDown}};
constexpr Schema kSchema{"centralita", {}, kMigrations};

}  // namespace

const Schema& tenancy() { return kSchema; }

}  // namespace centralita::pg
