public import Core

/// What the ledgers and invoices refuse, with the facts.
public enum MoneyRefusal: Error, Hashable, Sendable {
    /// Nothing visible has that id.
    case notFound
    /// An amount that is no amount here: not positive where it must be, more than there is, or beyond 64 bits.
    case amountOutOfRange
    /// A reason of 1 to 500 characters is needed.
    case reasonRequired
    /// The currency is not the one the org is billed in.
    case currencyMismatch(expected: Currency)
    /// The invoice is in no state for that.
    case invoiceNotAllowed(Invoice.Status)
    /// The bytes of a frozen document cannot be read.
    case unreadableDocument
    /// The key was used before for something else.
    case keyReused
    /// There are not enough AI credits (BIL-105).
    case insufficientCredits(need: Int64, have: Int64)
    /// The hold is settled, released or has lapsed.
    case holdClosed
    /// The expiry does not lie ahead.
    case expiryInThePast
}
