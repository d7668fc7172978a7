/** The list of espeak-ng's own voices, as the engine gives it; a test compares the two. */

/** What espeak-ng 1.52 lists: identifier, languages with their rank (lower is better), name. */
export const TABLE = `
gmw/af af:5 Afrikaans
sem/am am:5 Amharic
roa/an an:5 Aragonese
sem/ar ar:5 Arabic
inc/as as:5 Assamese
trk/az az:5 Azerbaijani
trk/ba ba:5 Bashkir
zle/be be:5 Belarusian
zls/bg bg:5 Bulgarian
inc/bn bn:5 Bengali
inc/bpy bpy:5 Bishnupriya Manipuri
zls/bs bs:5 Bosnian
roa/ca ca:5 Catalan
roa/ca-ba ca-ba:5 Catalan (Balearic)
roa/ca-nw ca-nw:5 Catalan (North-western)
roa/ca-va ca-va:5 Catalan (Valencian)
iro/chr chr-US-Qaaa-x-west:5 Cherokee
sit/cmn cmn:5,zh-cmn:5,zh:5 Chinese (Mandarin, latin as English)
sit/cmn-Latn-pinyin cmn-latn-pinyin:5,zh-cmn:5,zh:5 Chinese (Mandarin, latin as Pinyin)
zlw/cs cs:5 Czech
trk/cv cv:5 Chuvash
cel/cy cy:5 Welsh
gmq/da da:5 Danish
gmw/de de:5 German
grk/el el:5 Greek
gmw/en-029 en-029:5,en:10 English (Caribbean)
gmw/en en-gb:2,en:2 English (Great Britain)
gmw/en-GB-scotland en-gb-scotland:5,en:4 English (Scotland)
gmw/en-GB-x-gbclan en-gb-x-gbclan:5,en-gb:3,en:5 English (Lancaster)
gmw/en-GB-x-gbcwmd en-gb-x-gbcwmd:5,en-gb:9,en:9 English (West Midlands)
gmw/en-GB-x-rp en-gb-x-rp:5,en-gb:4,en:5 English (Received Pronunciation)
gmw/en-US en-us:2,en:3 English (America)
gmw/en-US-nyc en-us-nyc:5 English (America, New York City)
art/eo eo:5 Esperanto
roa/es es:5 Spanish (Spain)
roa/es-419 es-419:5,es-mx:6 Spanish (Latin America)
urj/et et:5 Estonian
eu eu:5 Basque
ira/fa fa:5 Persian
ira/fa-Latn fa-latn:5 Persian (Pinglish)
urj/fi fi:5 Finnish
gmq/fo fo:5 Faroese
roa/fr-BE fr-be:5,fr:8 French (Belgium)
roa/fr-CH fr-ch:5,fr:8 French (Switzerland)
roa/fr fr-fr:5,fr:5 French (France)
cel/ga ga:5 Gaelic (Irish)
cel/gd gd:5 Gaelic (Scottish)
sai/gn gn:5 Guarani
grk/grc grc:5 Greek (Ancient)
inc/gu gu:5 Gujarati
sit/hak hak:5 Hakka Chinese
map/haw haw:5 Hawaiian
sem/he he:5 Hebrew
inc/hi hi:5 Hindi
zls/hr hr:5,hbs:5 Croatian
roa/ht ht:5 Haitian Creole
urj/hu hu:5 Hungarian
ine/hy hy:5,hy-arevela:5 Armenian (East Armenia)
ine/hyw hyw:5,hy-arevmda:5,hy:8 Armenian (West Armenia)
art/ia ia:5 Interlingua
poz/id id:5 Indonesian
art/io io:5 Ido
gmq/is is:5 Icelandic
roa/it it:5 Italian
jpx/ja ja:5 Japanese
art/jbo jbo:5 Lojban
ccs/ka ka:5 Georgian
trk/kaa kaa:5 Karakalpak
trk/kk kk:5 Kazakh
esx/kl kl:5 Greenlandic
dra/kn kn:5 Kannada
ko ko:5 Korean
inc/kok kok:5 Konkani
ira/ku ku:5 Kurdish
trk/ky ky:5 Kyrgyz
itc/la la:5 Latin
gmw/lb lb:5 Luxembourgish
art/lfn lfn:5 Lingua Franca Nova
bat/lt lt:5 Lithuanian
bat/ltg ltg:5 Latgalian
bat/lv lv:5 Latvian
poz/mi mi:5 Māori
zls/mk mk:5 Macedonian
dra/ml ml:5 Malayalam
inc/mr mr:5 Marathi
poz/ms ms:5 Malay
sem/mt mt:5 Maltese
miz/mto mto:5 Totontepec Mixe
sit/my my:5 Myanmar (Burmese)
gmq/nb nb:5,no:5 Norwegian Bokmål
azc/nci nci:5 Nahuatl (Classical)
inc/ne ne:5 Nepali
gmw/nl nl:5 Dutch
trk/nog nog:5 Nogai
cus/om om:5 Oromo
inc/or or:5 Oriya
inc/pa pa:5 Punjabi
roa/pap pap:5 Papiamento
art/piqd piqd:5 Klingon
zlw/pl pl:5 Polish
roa/pt pt:5,pt-pt:5 Portuguese (Portugal)
roa/pt-BR pt-br:5,pt:6 Portuguese (Brazil)
art/py py:5 Pyash
art/qdb qdb:5 Lang Belta
qu qu:5 Quechua
myn/quc quc:5 K'iche'
art/qya qya:5 Quenya
roa/ro ro:5 Romanian
zle/ru ru:5 Russian
zle/ru-cl ru-cl:5 Russian (Classic)
zle/ru-LV ru-lv:2 Russian (Latvia)
inc/sd sd:5 Sindhi
tai/shn shn:5 Shan (Tai Yai)
inc/si si:5 Sinhala
art/sjn sjn:5 Sindarin
zlw/sk sk:5 Slovak
zls/sl sl:5 Slovenian
urj/smj smj:5 Lule Saami
ine/sq sq:5 Albanian
zls/sr sr:5 Serbian
gmq/sv sv:5 Swedish
bnt/sw sw:5 Swahili
dra/ta ta:5 Tamil
dra/te te:5 Telugu
tai/th th:5 Thai
sem/ti ti:5 Tigrinya
trk/tk tk:5 Turkmen
bnt/tn tn:5 Setswana
trk/tr tr:5 Turkish
trk/tt tt:5 Tatar
trk/ug ug:5 Uyghur
zle/uk uk:5 Ukrainian
inc/ur ur:5 Urdu
trk/uz uz:5 Uzbek
aav/vi vi:5 Vietnamese (Northern)
aav/vi-VN-x-central vi-vn-x-central:5 Vietnamese (Central)
aav/vi-VN-x-south vi-vn-x-south:5 Vietnamese (Southern)
art/xex xex:5 xextan-test
sit/yue yue:5,zh-yue:5,zh:8 Chinese (Cantonese)
sit/yue-Latn-jyutping yue:5,zh-yue:5,zh:8 Chinese (Cantonese, latin as Jyutping)
`;
