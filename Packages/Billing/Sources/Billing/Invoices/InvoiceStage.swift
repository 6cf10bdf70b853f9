public import Core
public import Jobs
internal import Orgs

/// A day on which an open invoice is looked at (BIL-086).
public enum InvoiceStage: String, Codable, Sendable, Hashable, CaseIterable {
    case dueSoon = "due_soon"
    case due
    case overdue1 = "overdue_1"
    case overdue7 = "overdue_7"
    case overdue14 = "overdue_14"

    /// Its number: what was looked at on a later day is not looked at on an earlier one.
    public var number: Int16 {
        switch self {
        case .dueSoon: 1
        case .due: 2
        case .overdue1: 3
        case .overdue7: 4
        case .overdue14: 5
        }
    }

    /// The day after this one.
    var next: InvoiceStage? { Self.allCases.first { $0.number == number + 1 } }

    /// How long after the due date.
    var offset: Duration {
        switch self {
        case .dueSoon: .days(-7)
        case .due: .zero
        case .overdue1: .days(1)
        case .overdue7: .days(7)
        case .overdue14: .days(14)
        }
    }
}

/// The order to look at an open invoice on a day that means something.
public struct WatchInvoice: Job {
    /// `billing.watch_invoice`
    public static let kind = "billing.watch_invoice"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which invoice.
    public let invoice: Invoice.ID
    /// Which day.
    public let stage: InvoiceStage

    /// Orders it.
    public init(invoice: Invoice.ID, stage: InvoiceStage) {
        self.invoice = invoice
        self.stage = stage
    }

    /// The order that comes on a day: one for each invoice and day.
    static func order(
        of invoice: Invoice.ID, _ org: Org.ID, due: Instant, on stage: InvoiceStage
    ) -> (job: WatchInvoice, options: JobOptions) {
        (
            WatchInvoice(invoice: invoice, stage: stage),
            JobOptions(runAt: due + stage.offset, uniqueKey: "\(invoice):\(stage.rawValue)", org: org.uuid)
        )
    }
}
