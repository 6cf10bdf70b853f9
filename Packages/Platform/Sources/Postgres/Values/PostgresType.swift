/// A type of the database, by the number that its catalogue gives it (`pg_type.oid`).
public struct PostgresType: Hashable, Sendable {
    /// The number of the type.
    public let oid: UInt32

    /// Takes the number of a type.
    public init(oid: UInt32) {
        self.oid = oid
    }

    /// `bool`
    public static let bool = PostgresType(oid: 16)
    /// `bytea`
    public static let bytea = PostgresType(oid: 17)
    /// `bigint`
    public static let int8 = PostgresType(oid: 20)
    /// `smallint`
    public static let int2 = PostgresType(oid: 21)
    /// `integer`
    public static let int4 = PostgresType(oid: 23)
    /// `text`
    public static let text = PostgresType(oid: 25)
    /// `json`
    public static let json = PostgresType(oid: 114)
    /// `real`
    public static let float4 = PostgresType(oid: 700)
    /// `double precision`
    public static let float8 = PostgresType(oid: 701)
    /// `date`
    public static let date = PostgresType(oid: 1082)
    /// `timestamp without time zone`
    public static let timestamp = PostgresType(oid: 1114)
    /// `timestamp with time zone`
    public static let timestamptz = PostgresType(oid: 1184)
    /// `interval`
    public static let interval = PostgresType(oid: 1186)
    /// `numeric`
    public static let numeric = PostgresType(oid: 1700)
    /// `uuid`
    public static let uuid = PostgresType(oid: 2950)
    /// `jsonb`
    public static let jsonb = PostgresType(oid: 3802)

    /// `bool[]`
    public static let boolArray = PostgresType(oid: 1000)
    /// `bytea[]`
    public static let byteaArray = PostgresType(oid: 1001)
    /// `smallint[]`
    public static let int2Array = PostgresType(oid: 1005)
    /// `integer[]`
    public static let int4Array = PostgresType(oid: 1007)
    /// `text[]`
    public static let textArray = PostgresType(oid: 1009)
    /// `bigint[]`
    public static let int8Array = PostgresType(oid: 1016)
    /// `double precision[]`
    public static let float8Array = PostgresType(oid: 1022)
    /// `date[]`
    public static let dateArray = PostgresType(oid: 1182)
    /// `timestamptz[]`
    public static let timestamptzArray = PostgresType(oid: 1185)
    /// `interval[]`
    public static let intervalArray = PostgresType(oid: 1187)
    /// `uuid[]`
    public static let uuidArray = PostgresType(oid: 2951)
    /// `jsonb[]`
    public static let jsonbArray = PostgresType(oid: 3807)

    /// Types whose binary form is their text: strings of all kinds, and whatever the user has made (enums, citext).
    static let firstUserDefined: UInt32 = 16_384
    static let texts: Set<UInt32> = [18, 19, 25, 114, 142, 705, 1042, 1043]

    var isText: Bool { Self.texts.contains(oid) || oid >= Self.firstUserDefined }
}
