public import Core

/// Says that an export can be fetched: of a person, or of an org (NOT-118).
public struct DataExportReadyContext: MailContext {
    /// `data_export_ready`
    public static let template = MailTemplate.dataExportReady
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .optional("org", .text),
        .optional("size", .text),
        .mandatory("expires_at", .instant),
        .mandatory("page", .link),
    ]

    /// The person's name.
    public let name: String
    /// The org's name; `nil` for the copy of what is kept about the person.
    public let org: String?
    /// The org's id.
    public let orgID: String?
    /// The export's id.
    public let exportID: String
    /// How many bytes it has.
    public let bytes: Int64?
    /// Until when it can be fetched.
    public let expiresAt: Instant

    /// Makes the values.
    public init(name: String, org: String?, orgID: String?, exportID: String, bytes: Int64?, expiresAt: Instant) {
        self.name = name
        self.org = org
        self.orgID = orgID
        self.exportID = exportID
        self.bytes = bytes
        self.expiresAt = expiresAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "org": .text(org),
            "size": .text(bytes.map(Self.size)),
            "expires_at": .instant(expiresAt),
            "page": .link(.page(orgID.map { .orgExport(org: $0, export: exportID) } ?? .accountExport(exportID))),
        ]
    }

    /// A size in decimal units with one digit behind the point (NOT-019).
    private static func size(_ bytes: Int64) -> String {
        let units: [(factor: Int64, name: String)] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")]
        guard let unit = units.first(where: { bytes >= $0.factor }) else { return "\(bytes) bytes" }
        let tenths = bytes / (unit.factor / 10)
        return "\(tenths / 10).\(tenths % 10) \(unit.name)"
    }
}
