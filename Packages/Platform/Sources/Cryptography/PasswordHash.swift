/// A stored Argon2id hash in PHC form: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.
///
/// With a pepper the parameters end in `keyid=…`, which names the pepper and is not secret.
public struct PasswordHash: Sendable, Hashable, LosslessStringConvertible {
    /// How hard a hash is to make (RFC 9106, section 4).
    public struct Parameters: Sendable, Hashable {
        /// Memory in KiB.
        public let memoryKiB: Int
        /// Passes over the memory.
        public let passes: Int
        /// Lanes.
        public let lanes: Int

        /// Makes parameters.
        public init(memoryKiB: Int, passes: Int, lanes: Int) {
            self.memoryKiB = memoryKiB
            self.passes = passes
            self.lanes = lanes
        }

        /// 19 MiB, 2 passes, 1 lane: the least that ID-026 allows.
        public static let floor = Parameters(memoryKiB: 19_456, passes: 2, lanes: 1)

        /// Whether they are neither below what the algorithm needs nor above what a stored text may ask of this process.
        var isBearable: Bool {
            (1...16).contains(lanes) && (1...64).contains(passes) && (8 * lanes...1_048_576).contains(memoryKiB)
        }
    }

    /// What it was made with.
    public let parameters: Parameters
    /// The pepper's name, when there was one.
    public let pepperID: String?
    let salt: [UInt8]
    let tag: [UInt8]

    init(parameters: Parameters, pepperID: String?, salt: [UInt8], tag: [UInt8]) {
        self.parameters = parameters
        self.pepperID = pepperID
        self.salt = salt
        self.tag = tag
    }

    /// Reads the PHC form; another algorithm, another version and unbearable parameters are `nil`.
    public init?(_ description: String) {
        let parts = description.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19" else { return nil }
        var fields = parts[3].split(separator: ",").map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        guard fields.allSatisfy({ $0.count == 2 }) else { return nil }
        var pepperID: String?
        if fields.count == 4, fields[3][0] == "keyid" {
            guard let bytes = Base64.unpadded.decode(fields.removeLast()[1].utf8), let id = String(validating: bytes, as: UTF8.self)
            else { return nil }
            pepperID = id
        }
        guard fields.map({ $0[0] }) == ["m", "t", "p"], let memory = Int(fields[0][1]), let passes = Int(fields[1][1]),
            let lanes = Int(fields[2][1]), let salt = Base64.unpadded.decode(parts[4].utf8),
            let tag = Base64.unpadded.decode(parts[5].utf8), (8...64).contains(salt.count), (16...64).contains(tag.count)
        else { return nil }
        let parameters = Parameters(memoryKiB: memory, passes: passes, lanes: lanes)
        guard parameters.isBearable else { return nil }
        self.init(parameters: parameters, pepperID: pepperID, salt: salt, tag: tag)
    }

    /// The PHC form.
    public var description: String {
        var settings = "m=\(parameters.memoryKiB),t=\(parameters.passes),p=\(parameters.lanes)"
        if let pepperID { settings += ",keyid=\(Base64.unpadded.encode(Array(pepperID.utf8)))" }
        return "$argon2id$v=19$\(settings)$\(Base64.unpadded.encode(salt))$\(Base64.unpadded.encode(tag))"
    }
}
