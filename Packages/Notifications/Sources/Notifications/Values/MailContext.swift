/// The values for one mail of the catalogue, as a struct of its own: a missing or wrong field does not compile (NOT-020).
///
/// It is stored as JSON with the mail, so a key is never renamed.
public protocol MailContext: Codable, Sendable, Hashable {
    /// Which mail it is for.
    static var template: MailTemplate { get }
    /// What the template may print, besides why the recipient gets the mail.
    static var fields: [MailField] { get }
    /// The values of the fields.
    var values: [String: MailValue] { get }
}

extension MailValue {
    static func text(_ value: String?) -> MailValue { value.map { .text($0) } ?? .absent }
    static func optional<Value>(_ value: Value?, _ make: (Value) -> MailValue) -> MailValue { value.map(make) ?? .absent }
}
