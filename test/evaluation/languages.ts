// Sentences on two topics, weather and food, in seven languages, made of parts so that there are enough to learn from.

export interface LanguageSample {
  readonly language: string;
  readonly spacing: 'spaced' | 'unspaced' | 'mixed';
  readonly texts: string[];
  readonly labels: string[];
  /** A sentence that is not among the texts, and a word of it that should count. */
  readonly probe: { readonly text: string; readonly label: string; readonly word: string };
}

type Parts = readonly (readonly string[])[];

/** Every combination of one part each. */
function sentences(parts: Parts, join: string): string[] {
  return parts.reduce<string[]>(
    (begun, next) => begun.flatMap((start) => next.map((part) => (start ? start + join + part : part))),
    [''],
  );
}

function sample(
  language: string,
  spacing: LanguageSample['spacing'],
  join: string,
  topics: { weather: Parts; food: Parts },
  probe: LanguageSample['probe'],
): LanguageSample {
  const weather = sentences(topics.weather, join);
  const food = sentences(topics.food, join);
  return {
    language,
    spacing,
    texts: [...weather, ...food].map((text) => text.normalize('NFC')),
    labels: [...weather.map(() => 'weather'), ...food.map(() => 'food')],
    probe,
  };
}

export const languages: LanguageSample[] = [
  sample(
    'Chinese',
    'unspaced',
    '',
    {
      weather: [
        ['今天', '明天', '周末', '昨天'],
        ['北京', '上海', '山里'],
        ['下大雨', '很冷', '阳光明媚', '刮大风'],
      ],
      food: [
        ['今天', '明天', '周末', '昨天'],
        ['妈妈', '餐厅', '朋友'],
        ['做了面条', '烤鱼很香', '的饺子好吃', '煮了米饭'],
      ],
    },
    { text: '下个月海边会下大雨', label: 'weather', word: '大雨' },
  ),
  sample(
    'Japanese',
    'unspaced',
    '',
    {
      weather: [
        ['今日は', '明日は', '週末は'],
        ['東京で', '山で', '海で'],
        ['雨が降る', '雪がつもる', 'とても寒い', '晴れるでしょう'],
      ],
      food: [
        ['今日は', '明日は', '週末は'],
        ['母が', '友達が', '店で'],
        ['寿司を食べる', 'ラーメンを作る', 'カレーがおいしい', 'ごはんを炊く'],
      ],
    },
    { text: '来月は北海道で雪がつもるそうだ', label: 'weather', word: '雪' },
  ),
  sample(
    'Thai',
    'unspaced',
    '',
    {
      weather: [
        ['วันนี้', 'พรุ่งนี้', 'เมื่อวาน'],
        ['ที่กรุงเทพ', 'ที่ภูเขา', 'ที่ทะเล'],
        ['ฝนตกหนัก', 'อากาศร้อน', 'ลมแรง', 'อากาศหนาว'],
      ],
      food: [
        ['วันนี้', 'พรุ่งนี้', 'เมื่อวาน'],
        ['แม่', 'เพื่อน', 'ร้านนี้'],
        ['ทำข้าวผัด', 'กินก๋วยเตี๋ยว', 'แกงอร่อยมาก', 'ต้มปลา'],
      ],
    },
    { text: 'เดือนหน้าที่เชียงใหม่ฝนตกหนัก', label: 'weather', word: 'ฝน' },
  ),
  sample(
    'Arabic',
    'spaced',
    ' ',
    {
      weather: [
        ['اليوم', 'غدا', 'أمس'],
        ['في القاهرة', 'في الجبل', 'على الساحل'],
        ['مطر غزير', 'طقس بارد', 'شمس حارة', 'رياح قوية'],
      ],
      food: [
        ['اليوم', 'غدا', 'أمس'],
        ['أمي', 'المطعم', 'صديقي'],
        ['طبخ الأرز', 'أكل السمك', 'خبز لذيذ', 'حساء ساخن'],
      ],
    },
    { text: 'الشهر القادم مطر غزير وعواصف', label: 'weather', word: 'مطر' },
  ),
  sample(
    'Hindi',
    'spaced',
    ' ',
    {
      weather: [
        ['आज', 'कल', 'परसों'],
        ['दिल्ली में', 'पहाड़ों पर', 'समुद्र के पास'],
        ['बारिश हुई', 'ठंड बढ़ी', 'तेज़ धूप निकली', 'आँधी चली'],
      ],
      food: [
        ['आज', 'कल', 'परसों'],
        ['माँ ने', 'दोस्त ने', 'होटल में'],
        ['रोटी बनाई', 'दाल पकाई', 'चावल खाए', 'मिठाई बाँटी'],
      ],
    },
    { text: 'अगले महीने मुंबई में भारी बारिश हुई', label: 'weather', word: 'बारिश' },
  ),
  sample(
    'Korean',
    'spaced',
    ' ',
    {
      weather: [
        ['오늘', '내일', '주말에'],
        ['서울에', '산에', '바다에'],
        ['비가 내린다', '눈이 온다', '바람이 분다', '햇볕이 뜨겁다'],
      ],
      food: [
        ['오늘', '내일', '주말에'],
        ['엄마가', '친구가', '식당에서'],
        ['김치를 담갔다', '국수를 먹었다', '밥을 지었다', '불고기가 맛있다'],
      ],
    },
    { text: '다음 달 부산에 눈이 많이 온다', label: 'weather', word: '눈이' },
  ),
  sample(
    'Turkish',
    'spaced',
    ' ',
    {
      weather: [
        ['Bugün', 'Yarın', 'Dün'],
        ["İstanbul'da", 'dağlarda', 'sahilde'],
        ['yağmur yağdı', 'hava ISINDI', 'rüzgâr esti', 'kar başladı'],
      ],
      food: [
        ['Bugün', 'Yarın', 'Dün'],
        ['annem', 'arkadaşım', 'lokantada'],
        ['pilav pişirdi', 'balık yedik', 'ekmek aldı', 'çorba içtik'],
      ],
    },
    { text: "Gelecek ay İzmir'de yağmur bekleniyor", label: 'weather', word: 'yağmur' },
  ),
];
