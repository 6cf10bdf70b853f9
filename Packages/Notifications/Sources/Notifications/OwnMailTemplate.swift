/// A mail of a program's own: what its template is called, how much it must reach its recipient, and the type of its values (NOT-197).
///
/// The program's context names it, and the store and the renderer are told of it:
///
/// ```swift
/// struct MachineStopped: MailContext {
///     static let template = MailTemplate.own(OwnMailTemplate("machine_stopped", class: .required, context: MachineStopped.self))
/// ```
public struct OwnMailTemplate: Sendable, Hashable {
    /// The name: that of the template, and what is stored.
    public let name: String
    /// Whether and how it can be turned off.
    public let mailClass: MailClass
    let context: any MailContext.Type

    /// Declares a mail.
    ///
    /// - Parameters:
    ///   - name: 3 to 64 small letters and `_`, a letter first, and none of the catalogue's names; anything else ends the process, for it is written in the
    ///     program's source.
    ///   - mailClass: `service` and `optional` ones can be turned off as what happens in the product (``MailCategory/productActivity``).
    ///   - context: its values.
    public init<Context: MailContext>(_ name: String, class mailClass: MailClass, context: Context.Type) {
        let isWord = name.utf8.enumerated().allSatisfy { place, byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_") && place > 0
        }
        precondition(isWord && (3...64).contains(name.utf8.count), "\(name) is no name of a mail")
        precondition(MailTemplate(rawValue: name) == nil, "\(name) is a mail of the catalogue")
        self.name = name
        self.mailClass = mailClass
        self.context = context
    }

    /// Compares the names: there are no two mails with one.
    public static func == (left: OwnMailTemplate, right: OwnMailTemplate) -> Bool { left.name == right.name }

    /// Mixes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
