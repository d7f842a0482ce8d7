"""Words that descriptions of examinations are made of, German and English, lower case, umlauts as ae, oe, ue.

After a doubtful title (OA, DR) they are not taken for a name. Free text of a patient who is called so loses them all
the same.
"""

from functools import cache

_BODY = """
abdomen abdominal achilles achsel aderhaut adrenal airway ankle anus aorta aortic appendix arm arme arteria arterien
artery atemwege auge augen axilla bauch bauchspeicheldruese becken bein beine biliary bladder blase blood bone bowel
brain bronchien bronchus brust brustbein brustkorb brustwirbelsaeule bws bwk bypass calf calvaria cardiac carotid
carotis carpal cerebral cerebrum cervical cervix chest clavicle clavicula colon cor corpus coronary cranial cranium
darm daumen dens dental diaphragm disc discus disk druese duodenum elbow ellbogen ellenbogen enddarm epiphyse
esophagus extremity extremitaet eye face facet femur ferse fibula finger foot forearm fossa fuss fuesse galle
gallenblase gallenwege ganglion gebaermutter gefaess gefaesse gehirn gelenk gelenke genital gesicht gesaess gland
glied gluteal groin haar hals halsschlagader halswirbelsaeule hand haende handgelenk handwurzel harnblase harnleiter
harnroehre haut head heart heel hemisphere hepar hepatic herz herzkranzgefaesse hip hippocampus hirn hirnstamm hoden
hodensack hueft huefte hueftgelenk humerus hws hwk hypophyse ileum iliac inguinal innenohr intestine isg jaw jejunum
jochbein joint kehlkopf kidney kiefer kiefergelenk kleinhirn knee kniegelenk knie kniescheibe knochen knoechel knorpel
koerper kopf kreuzband kreuzbein labrum larynx leber leg leiste lendenwirbelsaeule ligament ligamentum lip lippe liver
lumbal lumbar lung lunge lungen lws lwk lymph lymphknoten magen mamma mammae mandible mandibula marrow mastoid maxilla
mediastinum meniskus meniscus mesenterium midface milz mittelfuss mittelhand mund mouth muscle muskel myelon myocard
myocardium myokard nabel nacken nase nasen nasennebenhoehlen nasal navel neck nebenniere nebennieren nebenhoehlen
nerve nerv nerven nerves niere nieren node nodes nodules nose nnh oberarm oberbauch oberkiefer oberschenkel oesophagus
ohr ohren orbita orbitae orbit ovar ovarien ovary pancreas pankreas parotis patella pelvic pelvis penis perineum
peritoneum pfortader pharynx pituitary plexus portal prostata prostate pulmonal pulmonary rachen radius rectum rektum
renal retina rib ribs rippe rippen ruecken rueckenmark rumpf sacrum sakrum schaedel schaedelbasis schambein scapula
schenkel schienbein schilddruese schlaefe schlaefenbein schlagader schluesselbein schulter schulterblatt
schultergelenk sehne sella shoulder sinus skelett skeleton skin skull sole spinal spine spleen sprunggelenk stamm
steissbein sternum stirn stirnhoehle stomach talus tarsal temple temporal testis thigh thoracic thorakal thorax throat
thumb thymus thyroid tibia toe toes tongue tonsil trachea trunk ulna unterarm unterbauch unterkiefer unterschenkel
ureter urethra uterus vagina vein vena vene venen venous ventricle ventrikel vertebra vertebrae vessel vessels
weichteile wirbel wirbelsaeule wrist zahn zaehne zehe zehen zunge zwerchfell zwischenhirn
"""

_SIDES_AND_TIMES = """
anterior posterior superior inferior medial lateral proximal distal dorsal ventral palmar plantar left right links
rechts linke rechte linker rechter linkes rechtes linken rechten beide beidseits bds bilateral unilateral li re lt rt
ap pa lat sag sagittal sagital cor coronal koronar kor ax axial tra trans transversal transverse obl oblique para
schraeg quer laengs oben unten vorne hinten oberer unterer obere untere mitte rand seite seiten ganz gesamt komplett
total teil partial halb supine prone stehend liegend sitzend erect upright decubitus inspiration exspiration
expiration insp exsp atemstillstand breath hold frei early late frueh spaet arteriell arterial portalvenoes venoes
venous delayed delay nativ native post prae pre plain phase phasen phases dynamic dynamisch statisch static rest
stress ruhe belastung tag tage woche wochen monat monate jahr jahre stunde stunden minute minuten uhr heute gestern
morgen mittag abend nacht today yesterday day days week weeks month months year years hour hours min sec january
february march april may june july august september october november december januar februar maerz mai juni juli
oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag monday tuesday wednesday thursday friday
saturday sunday
"""

_EXAMINATIONS = """
winter sommer herbst fruehling abklaerung abstand achse aktuell allgemein alt alte alter anamnese anfrage angabe angio
angiographie angiography anomalie arthro arthrographie aspirat aufnahme aufnahmen auftrag ausschluss auswertung basis
bedside befund befunde befundung beginn behandlung bericht beschwerden besuch beurteilung bild bilder biopsie biopsy
block blutung bolus breit brennweite calcium calibration cardio cine clinic clinical comparison compressed contrast
control coro ct cta ctdi curve dauer defekt defizit degenerativ dental diagnose diagnosis diagnostik diagnostisch
dialyse dialysis diastole differenz diffus diffusion dilatation doppler dose dosis dosisbericht dosimetrie drainage
drehung druck duplex durchleuchtung dynamik echo einblutung eingriff einstellung empfehlung endo endoskopie entlassung
entzuendung enterographie enteroclysis ergaenzung ergebnis ergebnisse erguss erstdiagnose erweitert examination exam
fast fein feinnadel fettgesaettigt fettsuppression filter film fistel fistula flach flair flow fluoro follow followup
form formalin fraktur fracture fragestellung frage fremdkoerper fremdaufnahme fremdmaterial fruehgeburt funktion
funktionsaufnahme fusion fuellung gated gating geburt gefaessdarstellung gelb gering ges gewebe gips gross grosse
grosser gruen guide hd helical herd herde hernie high hilus hinweis hinweise histologie hoch hochaufloesend implantat
implant indikation infarkt infekt inject injektion insuffizienz intakt intern interventionell intervention isotrop
kaiserschnitt kalk kardial kardio karzinom katheter kein keine kinder klein kleine kleiner klinik klinisch
knochenalter knochenfenster kohlenstoff kompression konsil kontrast kontrastmittel kontrolle kontroll kopfschmerz
kopfschmerzen krank kurz kurve km labor lage lagerung lagekontrolle lang leer leitung liquor lokalisation low
lungenembolie lungenfenster lymphom mammographie mammography markierung maske mass material measurement medizin
medical mehr messung metall metastase metastasen mikro mittel mittelgradig mobil modell modus monitoring morbus mp mr
mra mrcp mri mrt mrs muster myelographie nach nadel narbe narkose neben nekrose neu neue neuer neuro niedrig normal
not notfall nuklear oedem offen ohne operation op osteosynthese original paediatrie palliativ parenchym pat patho
pathologie pathologisch patient patientin perfusion pet pflege phantom photo physik physio planung plan platte pneu
pneumonie pneumothorax polyp port position positiv praeop praeoperativ postop postoperativ praxis primaer primaertumor
probe profil prothese protokoll protocol punktion qualitaet quant raster raum recall reconstruction region
rekonstruktion repeat report request resektion rest result retro review rezidiv risk roentgen routine rot rund sample
sarkom scan schale scheibe schiene schicht schichten schlaganfall schlecht schmerz schmerzen schraube schraeg
schrittmacher schub schwach schwarz schwellung schwer schwester screening second sedierung segment sekundaer selektiv
seriell serie serien series shunt sicher signal silber single skopie sonde sono sonographie speed spezial spirale
stabil staging stanze stark station status stein steine steil stent stenose stern stich stimme strahl strahlen
strahlentherapie stroke struktur studie study subtraktion surgery sympathikus symptom system systole szinti
szintigraphie tabelle technik termin test text therapie therapy thrombose thrombus tief topogramm transplantat trauma
tumor tumore tumour ueberlauf ueberpruefung ueberwachung ultra ultraschall umbau unauffaellig unfall unklar
untersuchung verband verdacht verdickung vergleich vergroesserung verkalkung verlauf verlaufskontrolle verletzung
verschluss version view vital volumen volume voll vorbefund voraufnahme vorstellung vorn wach wand weich
weichteilfenster weiss weit weitere wenig wert wiederholung wunde xray zahl zange zeichen zeit zentrum zentral ziel
zufall zugang zuletzt zunahme zusatz zustand zyste zysten
"""

_SEQUENCES = """
asl adc bold dce dti dwi dsa epi flash fov fse gre hr km lut mdct mip mpr mprage pc pd phase spir stir swi swan tof
trufi tse ute venc vibe vrt wfs sar snr cbct opg dvt dxa spect us
"""

_MAKERS = """
acuson agfa aloka amira aquilion artis barco biograph bruker canon carestream dornier elekta esaote fonar fuji
fujifilm gehealthcare general electric healthcare hitachi hologic horos ingenia intelerad kodak konica leonardo
magnetom mallinckrodt medrad medtronic minolta mindray mirada mitsubishi neusoft numaris olympus optima osirix philips
picker planmeca pinnacle raysearch samsung sectra shimadzu siemens signa skyra sonosite somatom symbia syngo telemis
toshiba trumpf uih varian verio vida visage vitrea wallac zeiss ziehm prisma avanto aera sola lumina symphony trio
allegra espree achieva intera discovery revolution lightspeed brilliance iqon force drive edge flash definition
sensation emotion perspective
"""

_PLACES = """
haus house klinik klinikum hospital krankenhaus ambulanz praxis abteilung zentrum center centre institut institute
institution street strasse str road avenue lane allee weg gasse platz ring ufer damm berg main park garten markt hof
tor stadt dorf land germany deutschland austria oesterreich schweiz switzerland
"""

_GIVEN = """
achim adam adrian albert alexander alexandra alfred ali alice alina amelie amy andrea andreas andrew angela angelika
anita anja anke ann anna anne annette anni anton antonia arne astrid axel barbara bastian beate ben benjamin bernd
bernhard bert bettina bianca birgit birte bjoern boris brigitte bruno carl carla carmen carola caroline carsten
charlotte christa christian christiane christina christine christoph christopher claudia claus clemens clara cornelia
daniel daniela david denis diana dieter dirk dominik doris dorothea eberhard eckhard edith eduard elena elias
elisabeth elizabeth elke ella ellen elsa emil emily emma erich erik erika erna ernst erwin esther eugen eva fabian
fatma felix finn florian frank franz franziska fred friedrich frieda fritz gabi gabriele georg george gerald gerd
gerda gerhard gertrud gisela greta guenter guenther gudrun guido gustav hanna hannah hannelore hannes hans harald
hartmut harry hedwig heidi heike heiko heiner heinrich heinz helene helga helmut henning henry herbert hermann hilde
hildegard holger horst hubert hugo ida ilse ina ines ingeborg ingo ingrid inge irene iris irma isabel isabella jacob
jakob james jan jana janine jean jennifer jens jessica joachim joerg johann johanna johannes john jonas jonathan josef
joseph juergen julia julian jutta kai karen karin karl karla karoline katharina kathrin katja katrin kerstin kevin kim
klara klaus konrad konstantin kurt lara laura lea lena leo leon leonie linda lina lisa lothar louis luca ludwig luis
luisa lukas lutz magdalena maik manfred manuel manuela marc marcel marco marcus margarete margarethe margit margot
maria marianne marie marina mario marion mark markus marlene martha martin martina mary mathias matthias max
maximilian mehmet melanie mia michael michaela michelle mila monika moritz mustafa nadine natalie nele nicole niklas
nils nina noah norbert nora olaf oliver olga oskar otto pamela patricia patrick paul paula paulina peter petra philipp
pia rainer ralf ralph ramona raphael regina reinhard reinhold renate rene richard rita robert roger roland rolf rosa
rosemarie ruth rudolf ruediger sabine sabrina samuel sandra sara sarah sascha sebastian siegfried sigrid silke silvia
simon simone sonja sofia sophia sophie stefan stefanie steffen stephan stephanie susan susanne sven svenja sylvia
tanja tatjana thea theo theodor theresa thomas thorsten tim timo tina tobias tom torsten udo ulrich ulrike ursula ute
uwe valentin vanessa vera verena veronika viktor viktoria volker walter waltraud werner wilfried wilhelm william willi
wolfgang yvonne
"""


def professional_words() -> frozenset[str]:
    """Those that are more often met as terms than as names: body, sides, days, sequences, makers and devices."""
    return _words(_BODY, _SIDES_AND_TIMES, _SEQUENCES, _MAKERS)


@cache
def everyday_words() -> frozenset[str]:
    """All of them."""
    return professional_words() | _words(_EXAMINATIONS, _PLACES)


@cache
def given_names() -> frozenset[str]:
    """Common given names: after a title and a family name, another one of these belongs to it."""
    return _words(_GIVEN)


def _words(*groups: str) -> frozenset[str]:
    """With the spelling of umlauts that has neither dots nor an e."""
    words = " ".join(groups).split()
    return frozenset(words) | {word.replace("ae", "a").replace("oe", "o").replace("ue", "u") for word in words}
