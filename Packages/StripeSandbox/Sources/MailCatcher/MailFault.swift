/// What goes wrong on purpose with some recipients (NOT-051).
struct MailFault: Codable, Hashable, Sendable {
    /// What goes wrong.
    enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// The recipient is refused with a code.
        case refuse
        /// The message is taken, and the answer comes late.
        case slow
        /// The connection ends when the message is to come: nothing was taken.
        case dropBeforeData = "drop_before_data"
        /// The message is taken, and the connection ends before the answer.
        case dropAfterData = "drop_after_data"
        /// The message is taken, and a report that it could not be delivered comes to its sender (RFC 3464).
        case bounce
        /// The message is taken, and a report that it was unwanted comes to its sender (RFC 5965).
        case complaint
    }

    /// An address, a part of one that begins with `@`, or `*`.
    var address: String
    /// What goes wrong; a refusal where nothing is said.
    var kind = Kind.refuse
    /// The reply of a refusal, such as 550 (never) or 451 (not now).
    var code: Int?
    /// How many seconds later a slow answer comes.
    var seconds: Int?
    /// How many times; without it, always.
    var count: Int?

    init(address: String, kind: Kind = .refuse, code: Int? = nil, seconds: Int? = nil, count: Int? = nil) {
        self.address = address
        self.kind = kind
        self.code = code
        self.seconds = seconds
        self.count = count
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        address = try values.decode(String.self, forKey: .address)
        kind = try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .refuse
        code = try values.decodeIfPresent(Int.self, forKey: .code)
        seconds = try values.decodeIfPresent(Int.self, forKey: .seconds)
        count = try values.decodeIfPresent(Int.self, forKey: .count)
    }

    func applies(to recipient: String) -> Bool {
        address == "*" || recipient.lowercased() == address.lowercased()
            || (address.hasPrefix("@") && recipient.lowercased().hasSuffix(address.lowercased()))
    }

    /// The field that is missing or out of its range, with what it must be.
    var misfit: (field: String, must: String)? {
        switch kind {
        case .refuse: code.map((400...599).contains) == true ? nil : ("code", "must be from 400 to 599")
        case .slow: seconds.map((1...120).contains) == true ? nil : ("seconds", "must be from 1 to 120")
        case .dropBeforeData, .dropAfterData, .bounce, .complaint: nil
        }
    }
}
