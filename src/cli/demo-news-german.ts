// The demo's second language, made up for it like the first: the same four topics under the same labels.

function lines(text: string): readonly string[] {
  return text.trim().split('\n');
}

const world = lines(`
Die Außenminister beraten in Wien über den Waffenstillstand. Die Regierung und die Rebellen sollen noch im Herbst verhandeln.
Tausende Menschen fliehen vor den Kämpfen über die Grenze
Der Präsident kündigt Neuwahlen für den Frühling an. Die Opposition wirft der Regierung vor, sie habe bei der Wahl betrogen.
Ein Erdbeben erschüttert den Süden Italiens. Die Regierung schickt Soldaten und Zelte, die Polizei sperrt die Straßen.
Das Parlament stimmt nach langer Debatte für die neue Verfassung. Die Opposition verließ den Saal, der Präsident will bald unterschreiben.
Rebellen lassen vier Geiseln frei
Überschwemmungen machen in Bangladesch Zehntausende obdachlos. Die Regierung bittet das Ausland um Hilfe, Soldaten bringen Trinkwasser.
Die Regierung ruft nach den Unruhen den Notstand aus. Bei Kämpfen zwischen Polizei und Demonstranten starben neun Menschen.
Der Botschafter wird ins Ministerium bestellt. Die Regierung verlangt eine Entschuldigung für die Worte des Präsidenten.
Bei einem Anschlag auf einen Markt sterben elf Menschen
Beobachter loben den ruhigen Verlauf der Wahl. Die Opposition erkennt den Sieg des Präsidenten an.
Die Vereinten Nationen bitten um Getreide für die Hungernden. Wegen der Kämpfe kommen keine Konvois zu den Flüchtlingen.
Soldaten ziehen sich aus dem umstrittenen Tal zurück. Beide Regierungen hatten sich bei den Verhandlungen in Genf geeinigt.
Die Opposition ruft zum Generalstreik auf
Ein Vulkan zwingt Dörfer auf der Insel zur Räumung. Die Regierung brachte sechstausend Menschen in Lager der Armee.
Der Kanzler reist zu Gesprächen nach Ankara. Beide Regierungen streiten über die Flüchtlinge an der Grenze.
Ein Gericht verurteilt den früheren General zu lebenslanger Haft. Seine Soldaten hatten im Krieg Dörfer angegriffen und Menschen getötet.
Flüchtlinge sitzen in einem Boot vor Sizilien fest
Die Koalition zerbricht am Streit über das Asylrecht. Der Präsident muss entscheiden, ob es eine neue Wahl gibt.
Demonstranten besetzen den Platz vor dem Parlament. Die Polizei ging mit Tränengas gegen die Menschen vor.
Der Gipfel endet ohne Erklärung. Die Präsidenten sprachen über den Krieg und die Sanktionen.
Hilfskonvois erreichen die belagerte Stadt
Ein Sturm verwüstet die Küste von Mosambik. Die Regierung spricht von hundert Toten und ruft die Armee zu Hilfe.
Die Wähler lehnen die Reform in einer Volksabstimmung ab. Der Präsident nennt das Ergebnis der Wahl eine Niederlage.
Der König begnadigt zwei Journalisten. Sie waren verhaftet worden, weil sie die Regierung kritisiert hatten.
Friedenstruppen überwachen die Brücke zwischen den Stadtteilen
Nach dem Putsch bleiben die Flughäfen geschlossen. Die Armee hat den Präsidenten und seine Minister festgenommen.
Die Unterhändler einigen sich auf einen Austausch der Gefangenen. Die Regierung will morgen vierzig Rebellen aus dem Gefängnis entlassen.
`);

const sports = lines(`
Der Stürmer trifft in der Nachspielzeit zum Sieg. Die Mannschaft feiert mit den Fans den dritten Sieg der Saison.
Die Mannschaft steigt nach elf Jahren wieder auf
Sie gewinnt den Marathon mit vier Sekunden Vorsprung. Beide Läuferinnen waren in dieser Saison noch ungeschlagen.
Der Trainer muss nach der siebten Niederlage gehen. Die Mannschaft hat aus neun Spielen nur zwei Punkte geholt.
Ein Elfmeter entscheidet das Pokalspiel. Der Trainer nennt den Sieg seiner Mannschaft glücklich.
Die Staffel holt Gold im Biathlon
Der Torwart hält zwei Strafstöße. Der Spieler war der beste der Mannschaft in dieser Saison.
Regen unterbricht das Finale im Tennis. Die Spielerin führte mit einem Satz, das Spiel geht morgen weiter.
Die Handballerinnen verspielen eine klare Führung. Der Trainer klagt über Fehler seiner Spielerinnen nach der Pause.
Der Weltmeister beendet mit neunundzwanzig seine Laufbahn
Die Schwimmerin verbessert ihren eigenen Rekord. Im Finale siegt sie vor der Favoritin aus Italien.
Der Verein verpflichtet einen jungen Verteidiger aus Dänemark. Der Trainer will den Spieler gleich im nächsten Spiel einsetzen.
Die Etappe über drei Pässe endet im Spurt. Der Sieger fährt im Trikot des Führenden in die letzte Etappe.
Der Schiedsrichter schickt drei Spieler vom Platz
Der Ruderachter siegt mit einer Länge. Die Mannschaft gewann damit alle Rennen der Saison.
Eine Verletzung am Knie kostet ihn die Saison. Der Spieler fehlt seiner Mannschaft auch im Finale.
Die Skispringer führen nach dem ersten Durchgang. Der Trainer hofft auf einen Sieg seiner Springer im Finale.
Der Tabellenführer stolpert gegen den Aufsteiger
Die Turnerin stürzt vom Balken und gewinnt Bronze. Die Sportlerin hatte im Finale lange in Führung gelegen.
Der Boxer verteidigt seinen Titel nach Punkten. Sein Gegner war in den letzten Runden besser und will einen neuen Kampf.
Die Nationalelf spielt in Basel unentschieden. Der Trainer lobt die junge Mannschaft trotz der verpassten Tore.
Der Fahrer startet von der ersten Position
Die Eishockeymannschaft dreht das Spiel im letzten Drittel. Die Spieler schossen drei Tore und stehen im Finale.
Der Hochspringer scheitert dreimal an zwei Metern dreißig. Der Sportler verpasst damit das Finale der Meisterschaft.
Die Liga sperrt den Kapitän für sechs Spiele. Der Spieler hatte im Spiel gegen den Meister einen Gegner geschlagen.
Das Turnier wird wegen der Hitze in den Abend verlegt
Die Läuferin stürzt am letzten Hindernis. Sie lag im Finale in Führung und verliert den Titel.
Die Fans feiern die Meisterschaft auf dem Rasen. Die Mannschaft hat vor dem letzten Spiel sieben Punkte Vorsprung.
`);

const business = lines(`
Die Zentralbank erhöht den Leitzins um einen viertel Punkt. Analysten hatten den Schritt erwartet, Aktien der Banken steigen.
Der Autobauer senkt seine Prognose für den Gewinn
Die Aktien der Bank fallen auf ein Jahrestief. Das Unternehmen meldete einen Verlust von vierhundert Millionen Euro.
Die Inflation geht auf 2,1 Prozent zurück. Die Preise für Energie sind gefallen, sagen Ökonomen.
Der Einzelhändler schließt sechzig Filialen. Das Unternehmen klagt über hohe Kosten und sinkenden Umsatz.
Der Ölpreis steigt vor dem Treffen der Förderländer
Die Fluggesellschaft bestellt dreißig Maschinen. Das Unternehmen erwartet, dass der Umsatz um ein Fünftel steigt.
Der Maschinenbau erwartet mehr Aufträge aus Asien. Der Umsatz der Unternehmen stieg im Quartal um vier Prozent.
Ein Brauer kauft seinen Rivalen für vier Milliarden. Das Unternehmen will den Gewinn in zwei Jahren um ein Fünftel steigern.
Die Arbeitslosigkeit sinkt im November leicht
Die Versicherung rechnet nach dem Sturm mit hohen Schäden. Die Aktien des Unternehmens verloren vier Prozent.
Das Kartellamt genehmigt die Fusion der beiden Netze. Das neue Unternehmen hat ein Drittel des Marktes.
Der Vorstand verlässt den Konzern im Streit mit dem Aufsichtsrat. Die Aktien des Unternehmens fielen um drei Prozent.
Die Gewerkschaft einigt sich auf vier Prozent mehr Lohn
Der Umsatz im Weihnachtsgeschäft enttäuscht die Händler. Die Preise seien gestiegen, sagen Ökonomen, die Kunden sparten.
Das Unternehmen geht in Frankfurt an die Börse. Anleger zahlen achtzehn Euro für eine Aktie.
Die Reederei bestellt sechs Frachter in Korea. Das Unternehmen zahlt dreihundert Millionen Dollar.
Der Euro gewinnt gegenüber dem Dollar
Die Molkerei wehrt sich gegen die Übernahme. Das kanadische Unternehmen bietet neun Euro für jede Aktie.
Der Haushalt des Landes kommt ohne neue Schulden aus. Die Zinsen für alte Schulden kosten noch zwei Milliarden Euro.
Die Mieten in den Städten steigen langsamer. Die Bank erwartet, dass auch die Preise für Häuser sinken.
Ein Fonds steigt bei der Hotelkette ein
Der Stahlhersteller fordert Zölle auf billige Einfuhren. Die Unternehmen klagen, die Preise aus Asien deckten keine Kosten.
Die Bäckerei meldet Insolvenz an. Das Unternehmen machte Verlust, weil die Preise für Mehl stiegen.
Die Preise für Kaffee erreichen einen Höchststand. Händler an der Börse erwarten noch höhere Preise.
Der Online-Händler erhöht die Gebühren für den Versand
Anleger ziehen Geld aus Anleihen ab. Analysten erwarten, dass die Zinsen weiter steigen.
Die Sparkasse schließt Zweigstellen auf dem Land. Die Bank will Kosten senken, weil ihre Kunden online zahlen.
`);

const science = lines(`
Astronomen entdecken Wasserdampf auf einem fernen Planeten. Die Daten des Teleskops zeigen Wolken, berichten Forscher der Universität.
Ein Virus verschlüsselt die Rechner einer Klinik
Forscher züchten Nervenzellen aus Haut. Die Wissenschaftler der Universität wollen damit Krankheiten erforschen.
Die Sonde erreicht nach sieben Jahren den Merkur. Sie sendet Daten über das Magnetfeld an die Forscher auf der Erde.
Der neue Browser sperrt Werbung von allein. Die Software sendet keine Daten der Nutzer mehr ins Internet.
Ein Impfstoff gegen Malaria besteht die Prüfung
Das Betriebssystem für Uhren ist quelloffen. Entwickler können die Software verändern und eigene Programme schreiben.
Physiker kühlen einen Magneten fast auf den Nullpunkt. Das Experiment der Universität soll Teilchen des frühen Weltalls erforschen.
Eine Lücke im Mailprogramm gefährdet Nutzer. Forscher raten, die neue Version der Software zu laden.
Biologen finden einen Frosch, der im Dunkeln leuchtet
Der Akku lädt in sechs Minuten. Forscher entwickelten die Technik im Labor der Universität.
Das Teleskop fotografiert ein schwarzes Loch. Die Daten aus acht Nächten berechnete ein Computer der Forscher.
Eine Software sagt voraus, wie sich Eiweiße falten. Forscher hoffen, mit den Daten neue Mittel zu entwickeln.
Die Rakete landet aufrecht auf einem Schiff
Bienen erkennen Gesichter, zeigt eine Studie. Wissenschaftler der Universität trainierten die Tiere im Labor.
Der Satellit misst das Schmelzen der Gletscher. Seine Daten zeigen den Forschern, wie schnell das Eis verschwindet.
Archäologen lesen eine verkohlte Schriftrolle. Der Computer fand in den Daten des Scanners griechische Buchstaben.
Der Chip braucht nur noch die Hälfte des Stroms
Ein Mittel aus Schneckengift lindert Schmerzen. Forscher testeten das Molekül im Labor an Ratten.
Programmierer veröffentlichen den Quelltext des Spiels. Nutzer können das Programm auf jedem Computer starten.
Der Roboter lernt vom Zusehen. Die Software der Universität braucht kein Programm für jeden Schritt.
Die Suchmaschine antwortet in ganzen Sätzen
Mathematiker beweisen eine alte Vermutung. Ein Computer der Universität prüfte den Beweis der Forscher.
Das Genom der Maus ist ohne Lücken entziffert. Forscher suchen in den Daten Gene für Krankheiten.
Die Kamera passt in ein Reiskorn. Forscher der Universität wollen die Technik in Kliniken testen.
Mikroben aus heißen Quellen zersetzen Reifen
Ein Komet verliert seinen Schweif. Forscher beobachteten ihn mit einem Teleskop der Universität.
Der Laser misst den Abstand zum Mond. Forscher prüfen mit den Daten die Theorie der Schwerkraft.
`);

/** Label → texts. */
export const germanNews: ReadonlyMap<string, readonly string[]> = new Map([
  ['World', world],
  ['Sports', sports],
  ['Business', business],
  ['Sci/Tech', science],
]);
