/** A sentence to hear a voice by, in the language of the voice. */

/** What every voice can read in its own language. */
const NUMBERS = '1, 2, 3, 4, 5, 6, 7, 8, 9, 10.';

/** A natural sentence of about six seconds in `language` (a tag such as `pt-BR`), else in English; digits where we know none. */
export function sampleSentence(language: string | undefined): string {
  const tag = (language ?? 'en').toLowerCase().replaceAll('_', '-');
  const [base = ''] = tag.split('-');
  return SENTENCES[tag] ?? SENTENCES[base] ?? NUMBERS;
}

/** By language, and by language and region where they differ. */
const SENTENCES: Readonly<Record<string, string>> = {
  af: 'Goeiemôre! Die trein na die kus vertrek om half tien, so ons het nog tyd vir ’n koppie koffie.',
  ar: 'صباح الخير! يغادر القطار إلى الساحل في التاسعة والنصف، فلا يزال لدينا وقت لفنجان قهوة.',
  bg: 'Добро утро! Влакът за морето тръгва в девет и половина, така че имаме време за още едно кафе.',
  bn: 'সুপ্রভাত! সমুদ্রতীরের ট্রেন সাড়ে নয়টায় ছাড়ে, তাই এক কাপ চা খাওয়ার সময় এখনও আছে।',
  ca: 'Bon dia! El tren cap a la costa surt a dos quarts de deu, així que encara tenim temps per a un cafè.',
  cs: 'Dobré ráno! Vlak k moři odjíždí v půl desáté, takže máme ještě čas na šálek kávy.',
  da: 'Godmorgen! Toget til kysten kører klokken halv ti, så vi har stadig tid til en kop kaffe.',
  de: 'Guten Morgen! Der Zug an die Küste fährt um halb zehn, also haben wir noch Zeit für eine Tasse Kaffee.',
  el: 'Καλημέρα! Το τρένο για την ακτή φεύγει στις εννιάμισι, οπότε προλαβαίνουμε ακόμα έναν καφέ.',
  en: 'Good morning! The train to the coast leaves at half past nine, so we still have time for a cup of coffee.',
  eo: 'Bonan matenon! La trajno al la marbordo ekiras je la naŭa kaj duono, do ni ankoraŭ havas tempon por taso da kafo.',
  es: '¡Buenos días! El tren a la costa sale a las nueve y media, así que todavía tenemos tiempo para un café.',
  et: 'Tere hommikust! Rong mere äärde väljub kell pool kümme, nii et meil on veel aega tassi kohvi jaoks.',
  eu: 'Egun on! Kostarako trena bederatzi eta erdietan irteten da, beraz, oraindik badugu kafe bat hartzeko denbora.',
  fa: 'صبح بخیر! قطار ساحل ساعت نه و نیم حرکت می‌کند، پس هنوز برای یک فنجان چای وقت داریم.',
  fi: 'Hyvää huomenta! Juna rannikolle lähtee puoli kymmeneltä, joten ehdimme vielä juoda kupin kahvia.',
  fr: 'Bonjour ! Le train pour la côte part à neuf heures et demie, nous avons donc encore le temps de prendre un café.',
  ga: 'Maidin mhaith! Fágann an traein chun an chósta ar leathuair tar éis a naoi, mar sin tá am againn fós do chupán caife.',
  gu: 'સુપ્રભાત! દરિયાકિનારાની ટ્રેન સાડા નવ વાગ્યે ઊપડે છે, એટલે હજી એક કપ ચા પીવાનો સમય છે.',
  he: 'בוקר טוב! הרכבת אל החוף יוצאת בתשע וחצי, אז עדיין יש לנו זמן לכוס קפה.',
  hi: 'सुप्रभात! समुद्र तट की ट्रेन साढ़े नौ बजे छूटती है, इसलिए हमारे पास अभी एक कप चाय का समय है।',
  hr: 'Dobro jutro! Vlak za obalu polazi u pola deset, pa još imamo vremena za šalicu kave.',
  hu: 'Jó reggelt! A tengerparti vonat fél tízkor indul, így még van időnk egy csésze kávéra.',
  id: 'Selamat pagi! Kereta ke pantai berangkat pukul setengah sepuluh, jadi kita masih punya waktu untuk minum kopi.',
  is: 'Góðan daginn! Lestin út að ströndinni fer klukkan hálf tíu, svo við höfum enn tíma fyrir kaffibolla.',
  it: 'Buongiorno! Il treno per la costa parte alle nove e mezza, quindi abbiamo ancora tempo per un caffè.',
  ja: 'おはようございます。海岸行きの電車は九時半に出ますから、まだコーヒーを一杯飲む時間があります。',
  ka: 'დილა მშვიდობისა! მატარებელი ზღვისკენ ათის ნახევარზე გადის, ასე რომ ყავისთვის დრო კიდევ გვაქვს.',
  kn: 'ಶುಭೋದಯ! ಕರಾವಳಿಗೆ ಹೋಗುವ ರೈಲು ಒಂಬತ್ತೂವರೆಗೆ ಹೊರಡುತ್ತದೆ, ಆದ್ದರಿಂದ ಒಂದು ಕಪ್ ಕಾಫಿಗೆ ಇನ್ನೂ ಸಮಯವಿದೆ.',
  ko: '좋은 아침입니다! 해안으로 가는 기차는 아홉 시 반에 떠나니까 아직 커피 한 잔 마실 시간이 있습니다.',
  lt: 'Labas rytas! Traukinys į pajūrį išvyksta pusę dešimtos, taigi dar turime laiko puodeliui kavos.',
  lv: 'Labrīt! Vilciens uz jūrmalu atiet pusdesmitos, tāpēc mums vēl ir laiks kafijas tasei.',
  ml: 'സുപ്രഭാതം! തീരത്തേക്കുള്ള ട്രെയിൻ ഒമ്പതരയ്ക്ക് പുറപ്പെടും, അതിനാൽ ഒരു കപ്പ് ചായ കുടിക്കാൻ ഇനിയും സമയമുണ്ട്.',
  mr: 'सुप्रभात! समुद्रकिनाऱ्याची गाडी साडेनऊ वाजता सुटते, त्यामुळे एक कप चहासाठी अजून वेळ आहे.',
  ms: 'Selamat pagi! Kereta api ke pantai bertolak pada pukul sembilan setengah, jadi kita masih ada masa untuk minum kopi.',
  nb: 'God morgen! Toget til kysten går klokken halv ti, så vi har fortsatt tid til en kopp kaffe.',
  nl: 'Goedemorgen! De trein naar de kust vertrekt om half tien, dus we hebben nog tijd voor een kopje koffie.',
  no: 'God morgen! Toget til kysten går klokken halv ti, så vi har fortsatt tid til en kopp kaffe.',
  pa: 'ਸ਼ੁਭ ਸਵੇਰ! ਸਮੁੰਦਰੀ ਕੰਢੇ ਦੀ ਰੇਲਗੱਡੀ ਸਾਢੇ ਨੌਂ ਵਜੇ ਚੱਲਦੀ ਹੈ, ਇਸ ਲਈ ਚਾਹ ਦੇ ਇੱਕ ਕੱਪ ਲਈ ਅਜੇ ਸਮਾਂ ਹੈ।',
  pl: 'Dzień dobry! Pociąg nad morze odjeżdża o wpół do dziesiątej, więc mamy jeszcze czas na filiżankę kawy.',
  pt: 'Bom dia! O comboio para a costa parte às nove e meia, por isso ainda temos tempo para um café.',
  'pt-br': 'Bom dia! O trem para o litoral sai às nove e meia, então ainda temos tempo para um café.',
  ro: 'Bună dimineața! Trenul spre litoral pleacă la nouă și jumătate, așa că mai avem timp de o cafea.',
  ru: 'Доброе утро! Поезд к морю отправляется в половине десятого, так что мы ещё успеем выпить чашку кофе.',
  sk: 'Dobré ráno! Vlak k moru odchádza o pol desiatej, takže máme ešte čas na šálku kávy.',
  sl: 'Dobro jutro! Vlak na obalo odpelje ob pol desetih, zato imamo še čas za skodelico kave.',
  sq: 'Mirëmëngjes! Treni për në bregdet niset në nëntë e gjysmë, kështu që kemi ende kohë për një kafe.',
  sr: 'Добро јутро! Воз за обалу полази у пола десет, тако да још имамо времена за шољицу кафе.',
  sv: 'God morgon! Tåget till kusten går klockan halv tio, så vi har fortfarande tid för en kopp kaffe.',
  sw: 'Habari za asubuhi! Treni ya kwenda pwani inaondoka saa tatu na nusu, kwa hiyo bado tuna muda wa kikombe cha kahawa.',
  ta: 'காலை வணக்கம்! கடற்கரைக்குச் செல்லும் ரயில் ஒன்பதரை மணிக்குப் புறப்படும், எனவே ஒரு கோப்பை காபி குடிக்க இன்னும் நேரம் இருக்கிறது.',
  te: 'శుభోదయం! తీరానికి వెళ్ళే రైలు తొమ్మిదిన్నరకు బయలుదేరుతుంది, కాబట్టి ఒక కప్పు కాఫీకి ఇంకా సమయం ఉంది.',
  th: 'อรุณสวัสดิ์ รถไฟไปชายทะเลออกตอนเก้าโมงครึ่ง เราจึงยังมีเวลาดื่มกาแฟสักแก้ว',
  tl: 'Magandang umaga! Aalis ang tren papunta sa baybayin nang alas nuwebe y medya, kaya may oras pa tayo para sa isang tasang kape.',
  tr: 'Günaydın! Sahile giden tren dokuz buçukta kalkıyor, yani bir fincan kahve için hâlâ vaktimiz var.',
  uk: 'Доброго ранку! Потяг до моря відправляється о пів на десяту, тож ми ще встигнемо випити чашку кави.',
  ur: 'صبح بخیر! ساحل کی ٹرین ساڑھے نو بجے روانہ ہوتی ہے، اس لیے ایک پیالی چائے کا وقت ابھی باقی ہے۔',
  vi: 'Chào buổi sáng! Chuyến tàu ra bờ biển khởi hành lúc chín giờ rưỡi, nên chúng ta vẫn còn thời gian uống một tách cà phê.',
  yue: '早晨！去海邊嘅火車九點半開，所以我哋仲有時間飲杯咖啡。',
  zh: '早上好！去海边的火车九点半出发，所以我们还有时间喝杯咖啡。',
};
