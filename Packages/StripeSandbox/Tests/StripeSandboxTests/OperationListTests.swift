import Testing

@testable import StripeSandbox

@Suite struct OperationListTests {
    /// The list of the specification, 8.1: C create, L list, S search, R read, U change, D delete; other actions are spelled out.
    private static let list = """
        account: GET account
        balance: GET balance
        customers: CLSRUD
        customers/{}/balance_transactions: CLRU
        customers/{}/payment_methods: LR
        customers/{}/tax_ids: CLRD
        customers: DELETE customers/{}/discount
        products: CLSRUD
        prices: CLSRU
        tokens: CR
        payment_methods: CLRU, POST payment_methods/{}/attach, POST payment_methods/{}/detach
        setup_intents: CLRU, POST setup_intents/{}/confirm, POST setup_intents/{}/cancel
        payment_intents: CLSRU, POST payment_intents/{}/confirm, POST payment_intents/{}/cancel, POST payment_intents/{}/capture
        charges: LSRU
        coupons: CLRUD
        promotion_codes: CLRU
        tax_rates: CLRU
        checkout/sessions: CLRU, GET checkout/sessions/{}/line_items, POST checkout/sessions/{}/expire
        billing_portal/configurations: CLRU
        billing_portal/sessions: C
        subscriptions: CLSRUD, POST subscriptions/{}/resume, POST subscriptions/{}/migrate, DELETE subscriptions/{}/discount
        subscription_items: CLRUD
        subscription_schedules: CLRU, POST subscription_schedules/{}/cancel, POST subscription_schedules/{}/release
        invoices: CLSRUD, POST invoices/{}/finalize, POST invoices/{}/pay, POST invoices/{}/send, POST invoices/{}/void
        invoices: POST invoices/{}/mark_uncollectible, GET invoices/{}/lines, POST invoices/create_preview
        invoiceitems: CLRUD
        invoice_payments: LR
        credit_notes: CLRU, GET credit_notes/preview, GET credit_notes/{}/lines, POST credit_notes/{}/void
        refunds: CLRU, POST refunds/{}/cancel
        disputes: LRU, POST disputes/{}/close
        events: LR
        webhook_endpoints: CLRUD
        test_helpers/test_clocks: CLRD, POST test_helpers/test_clocks/{}/advance
        """

    private static func operations(_ line: Substring) -> [String] {
        let parts = line.split(separator: ": ", maxSplits: 1)
        let collection = parts[0]
        return parts[1].split(separator: ", ").flatMap { entry -> [String] in
            guard !entry.contains(" ") else { return [String(entry)] }
            return entry.map { letter in
                switch letter {
                case "C": "POST \(collection)"
                case "L": "GET \(collection)"
                case "S": "GET \(collection)/search"
                case "R": "GET \(collection)/{}"
                case "U": "POST \(collection)/{}"
                default: "DELETE \(collection)/{}"
                }
            }
        }
    }

    @Test func `STR-173 every one of the 148 operations has an address, and there are no others`() {
        let wanted = Set(Self.list.split(separator: "\n").flatMap(Self.operations))
        let present = OperationTable.all.map { operation in
            let path = operation.path.dropFirst("/v1/".count).split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }
            return "\(operation.method) \(path.joined(separator: "/"))"
        }
        #expect(wanted.count == 148)
        #expect(Set(present).count == present.count)
        #expect(wanted.subtracting(present).sorted() == [])
        #expect(Set(present).subtracting(wanted).sorted() == [])
    }
}
