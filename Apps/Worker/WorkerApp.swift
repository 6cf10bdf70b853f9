@main
enum WorkerApp {
    static func main() {
        runWorker()
    }
}
