/** Kysely on node:sqlite, loaded when it is first needed. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, Kysely, QueryResult } from 'kysely';
import type { Query, SqlValue } from './database.ts';

const PREPARED_STATEMENTS = 500;

/** Gives a Kysely that runs its queries on the connection. */
export type QueryBuilder = <Tables>(connection: DatabaseConnection) => Kysely<Tables>;

/** Imports Kysely, about 0.1 s of work. */
export async function loadQueryBuilder(): Promise<QueryBuilder> {
  const { DefaultQueryExecutor, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = await import(
    'kysely'
  );
  const adapter = new SqliteAdapter();
  const compiler = new SqliteQueryCompiler();
  const driver = driverWithoutTransactions();
  const dialect: Dialect = {
    createAdapter: () => adapter,
    createDriver: () => driver,
    createIntrospector: (sql) => new SqliteIntrospector(sql),
    createQueryCompiler: () => compiler,
  };
  return (connection) => {
    const executor = new DefaultQueryExecutor(compiler, adapter, { provideConnection: (use) => use(connection) });
    return new Kysely({ config: { dialect }, dialect, driver, executor });
  };
}

/** Runs one compiled query. */
export type RunQuery = <Row>(query: Pick<CompiledQuery, 'sql' | 'parameters'>) => QueryResult<Row>;

interface Prepared {
  readonly statement: StatementSync;
  /** The names of what it gives; none when it gives no rows. */
  readonly columns: readonly string[];
  /** Whether others may have other columns after it. */
  readonly altersTables: boolean;
}

/** Runs queries on the database and keeps their statements prepared, up to a bound. */
export function queryRunner(database: DatabaseSync): RunQuery {
  const prepared = new Map<string, Prepared>();

  const prepare = (sql: string): Prepared => {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    // SQLite's own rows have no prototype, and take three times as long with the copy that gives them one.
    statement.setReturnArrays(true);
    const columns = statement.columns().map(({ name }) => name);
    const entry = { statement, columns, altersTables: /^\s*(?:alter|drop)\b/i.test(sql) };
    const [oldest] = prepared.keys();
    if (oldest !== undefined && prepared.size >= PREPARED_STATEMENTS) prepared.delete(oldest);
    prepared.set(sql, entry);
    return entry;
  };

  return <Row>({ sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): QueryResult<Row> => {
    const { statement, columns, altersTables } = prepare(sql);
    const values = parameters.map(bindable);
    if (columns.length > 0) return { rows: statement.all(...values).map((row) => rowOf<Row>(columns, row)) };
    const { changes, lastInsertRowid } = statement.run(...values);
    if (altersTables) prepared.clear();
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  };
}

/** The one place where rows get the type that Kysely derived from the query. */
function rowOf<Row>(columns: readonly string[], values: unknown): Row {
  const row: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at++) row[columns[at] as string] = (values as unknown[])[at];
  return row as Row;
}

/** A connection for Kysely. `assertUsable` throws once the connection must not be used any more. */
export function kyselyConnection(run: RunQuery, assertUsable: () => void): DatabaseConnection {
  return {
    async executeQuery<Row>(query: CompiledQuery) {
      assertUsable();
      return run<Row>(query);
    },
    streamQuery() {
      throw new Error('SQLite does not stream rows: use execute() with a limit.');
    },
  };
}

/** Plain SQL on the same prepared statements. `assertUsable` as above. */
export function plainQuery(run: RunQuery, assertUsable: () => void): Query {
  return async <Row>(sql: string, ...parameters: readonly SqlValue[]) => {
    assertUsable();
    return run<Row>({ sql, parameters }).rows;
  };
}

function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite cannot store a ${typeof value}: pass a string, number, bigint, boolean, Buffer or null.`);
}

/** Transactions are begun and ended by the storage layer alone. */
function driverWithoutTransactions(): Driver {
  const refuse = async () => {
    throw new Error('A unit of work is one transaction already: use write(unit) in place of transaction().');
  };
  return {
    init: async () => undefined,
    acquireConnection: refuse,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}
