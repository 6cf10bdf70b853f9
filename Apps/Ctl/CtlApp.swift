@main
enum CtlApp {
    static func main() {
        runCtl()
    }
}
