// A window for KHTML: "encke_khtml URL" loads the page with JavaScript on and stays until it is ended, ten
// minutes at most.
#include <KHTMLPart>
#include <KHTMLView>
#include <KParts/BrowserExtension>
#include <QApplication>
#include <QTimer>
#include <QUrl>

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QApplication::setQuitLockEnabled(false);  // else the end of each of KIO's jobs ends the program
  KHTMLPart part;
  part.setJScriptEnabled(true);
  part.view()->resize(800, 600);
  part.view()->show();
  // A form that goes into a frame is for the window to pass on.
  KParts::BrowserExtension* const extension = part.browserExtension();
  QObject::connect(extension, &KParts::BrowserExtension::openUrlRequest, &part,
                   [&part](const QUrl& url, const KParts::OpenUrlArguments& arguments,
                           const KParts::BrowserArguments& more) {
                     KParts::ReadOnlyPart* const found = part.findFramePart(more.frameName);
                     auto* const frame = qobject_cast<KHTMLPart*>(found);
                     if (frame == nullptr) return;
                     frame->setArguments(arguments);
                     frame->browserExtension()->setBrowserArguments(more);
                     frame->openUrl(url);
                   });
  part.openUrl(QUrl(QString::fromLocal8Bit(argc > 1 ? argv[1] : "about:blank")));
  QTimer::singleShot(600'000, &application, &QApplication::quit);
  return QApplication::exec();
}
