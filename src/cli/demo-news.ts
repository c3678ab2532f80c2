// News for the demo, made up for it: a line each, in the four topics of the classic tutorial. Places are real so that
// words recur as they do in the world; people, companies and events are not.

function lines(text: string): readonly string[] {
  return text.trim().split('\n');
}

const world = lines(`
Foreign ministers of three Baltic states meet in Riga to discuss border security. They want troops of the alliance to stay near the Russian frontier.
Rebels release forty hostages after a week of talks led by the Red Cross
The president of the island republic resigns following mass protests in the capital. Parliament will elect a successor within a month, officials said.
Floods in northern Mozambique leave thousands without shelter and clean water. Soldiers bring food by boat, and the government asks the world for help.
A ceasefire in the mountain province holds for a third day, observers report
Voters in Uruguay queue before dawn in a tightly fought presidential election. Neither the ruling party nor the opposition expects a clear majority.
An earthquake of magnitude 6.4 shakes villages along the Turkish coast. Rescue workers pulled nine people alive from the rubble, officials said.
Peacekeepers arrive in the port city as aid convoys wait at the bridge
The prime minister survives a vote of no confidence by a margin of two. The opposition had accused the government of lying about the budget.
Police in Lyon arrest five people suspected of smuggling migrants across the Alps. A spokesman for the police said the men had hidden refugees in lorries.
Parliament in Nairobi debates a new constitution late into the night
A bomb damages the courthouse of a provincial town; nobody is killed. Police blame separatists, who have killed three judges this year.
Diplomats return to the embassy that was closed nine years ago. Relations between the two governments had been frozen since the war.
Refugees at the border camp receive blankets before the first snow
The United Nations appeals for grain as drought spreads through the Sahel. Five million people are hungry, and fighting keeps the convoys away.
Two neighbouring countries sign an agreement on the waters of the river they share. Officials had argued for years about a dam upstream of the border.
Soldiers leave the disputed valley under an accord reached in Geneva
Opposition leaders call for a general strike after the disputed count. The ruling party claims victory, the opposition says votes were stolen.
A ferry capsizes in a storm off the coast of Bangladesh, dozens are missing. Officials say the boat carried twice as many people as it was allowed to.
The king opens the new assembly and promises reforms of the courts
Guerrillas hand over weapons at a ceremony in the jungle. The rebels have fought the government for forty years over land.
Wildfires force the evacuation of two towns in central Chile. Soldiers helped the villagers to leave, the interior ministry said.
The exiled leader returns home and is greeted by crowds at the airport
Kidnapped aid workers are freed unharmed after ten weeks in the desert. Officials would not say whether money was paid to the militants.
A cyclone tears roofs from schools and hospitals on the Fijian islands. The government flew in soldiers and tents for the homeless villagers.
Lawmakers in Warsaw reject the bill on judges after a heated session
Thousands march through Santiago for better pensions. Police used water cannon against protesters near the presidential palace.
An army helicopter crashes near the front line, killing its crew. Rebels claim to have shot it down, the ministry speaks of an accident.
The mayor of the besieged city pleads for food and medicine
Negotiators fail to agree on how many prisoners will be exchanged. The talks between the government and the rebels will go on next week.
A court in The Hague sentences a former general to thirty years. He was found guilty of war crimes against civilians during the siege.
The chancellor travels to Ankara for talks about refugees and trade
Gunmen attack a convoy of election officials on a mountain road. Two policemen were killed; the vote in the district was called off.
Volunteers dig for survivors in the ruins of a collapsed apartment block. The government promised an inquiry after residents accused officials.
A referendum on independence is set for the first Sunday in March
The foreign ministry summons the ambassador over remarks about the war. Officials in the capital spoke of an insult to the nation’s dead.
Villagers flee as the volcano sends ash over the valley. The government moved six thousand people to schools and army camps.
Observers praise a calm vote in spite of long queues
The pope visits a refugee camp and calls for an end to the fighting. The refugees had fled a war that has killed a hundred thousand people.
Security forces clear the square where students had camped for a month. Police carried away tents and banners, the opposition called it brutal.
Talks on the nuclear programme resume in Vienna after a pause of a year
A landslide buries a bus on the road to the pass. Rescue workers and soldiers recovered the bodies of fourteen villagers.
The new government in Lima promises to fight corruption. The president dismissed two ministers whom police suspect of bribery.
Hundreds of fishermen are rescued from a drifting ice floe
The region’s governor declares a state of emergency after riots. Nine people were killed when police and protesters clashed over land.
An assassination attempt on the vice-president fails. His bodyguards shot the attacker; militants claimed responsibility.
Ministers of the coalition quarrel about taxes and threaten to leave
Human rights groups accuse the junta of secret trials. Opponents of the military government were jailed without a lawyer, they say.
The border is opened for pilgrims for the first time since the war. Both governments agreed on visas for a week, under the eyes of soldiers.
A cholera outbreak in the delta kills sixty, doctors fear more
Kurdish parties agree on a joint list for the election in June. The leaders hope to defeat the government party for the first time.
Troops of the African Union take over the airport. The government asked for the peacekeepers after militias had advanced.
Delegates of forty nations draft a treaty to ban landmines
The dissident writer is allowed to leave house arrest. The government had accused him of insulting the president in a poem.
Train drivers in Belgium stop work in protest at the killing of a colleague. Unions blame the government for years of violence against workers.
Coast guards intercept a boat with ninety migrants near Lampedusa
The ruling party loses its majority in the provincial assembly. The opposition may now form a government with two regional parties.
Farmers block roads to the capital over the price of diesel. Their union demands that the government bring back the subsidy.
A drone strikes a fuel depot; both sides deny responsibility
The truth commission hears the mothers of the disappeared. Thousands were arrested by the secret police under the old regime.
Elections are postponed because ballot papers did not arrive in the south. The electoral commission accused the government of acting too slowly.
An envoy carries a letter from one president to the other
The parliament speaker is sworn in as interim head of state. Lawmakers must elect a new president within ninety days.
Schools stay closed in the north after threats by militants. Soldiers guard the villages where teachers were kidnapped last week.
A peace march crosses the bridge that once divided the city
Nepal asks for helicopters after avalanches cut off nine villages. Soldiers have reached two of them on foot, the government said.
The defence minister steps down over the lost submarine. Opposition lawmakers accused him of hiding the deaths of nine sailors.
Protesters topple a statue in front of the governor’s palace
Aid agencies warn of famine among nomads in the east. Fighting drove the herders from their wells, the United Nations said.
A court annuls the election in two districts and orders a new vote. Officials of the ruling party had filled in hundreds of ballots.
Leaders of the tribes agree to end a feud of twenty years
The navy finds survivors of the shipwreck on a reef. The government thanked neighbouring countries for their ships and planes.
Two journalists are released from prison under an amnesty. The president signed it on the eve of an international summit.
The city remembers the victims of the attack with a minute of silence
Rival factions fight for control of the oil town, residents say. Militia leaders ignore the peace agreement, and refugees pour out.
The union of island states asks rich countries for help against rising seas. Their leaders told the assembly that whole nations may have to move.
Monks join the demonstration in front of the ministry
A spy exchange takes place at dawn on a bridge in the north. Officials of the two governments shook hands and drove away.
Indian and Chinese officers meet to calm tension in the high valley. Soldiers of both armies had fought with sticks at the border in spring.
The senate confirms the judge by a single vote
Police fire tear gas at marchers near the old parliament. Dozens of people were injured and forty arrested, the opposition said.
The electoral commission promises results within three days. The president and the opposition leader both say that they have won.
A hijacked bus is stormed; all passengers are safe
Thousands cross the river on rafts to escape the shelling. Aid workers count eight thousand new refugees in a single week.
The summit in Jakarta ends with a declaration and little else. Leaders avoided the war and the border dispute in their final statement.
Prisoners take over a wing of the jail in the coastal city
The queen expresses sympathy with the families of the miners. Thirty men were killed in the blast, and the government ordered mourning.
A landmark ruling gives indigenous people the forest back. The government had sold it to loggers against the will of the tribes.
The general promises a return to civilian rule within a year
Snow closes roads and strands travellers across the Balkans. Police and soldiers have brought blankets to villages without power.
Envoys reopen the consulate in the city once held by rebels. The foreign ministry speaks of peace, the militia still holds the hills.
Fighting resumes hours after both armies had promised restraint
A former prime minister goes on trial for buying votes. Police found envelopes with cash in the office of the ruling party.
Search teams find the wreck of the plane in the rain forest. None of the ninety people on board survived, officials said.
The country’s first woman president takes the oath in a stadium
The curfew is lifted, and markets in the old town open again. The government had feared more unrest after police killed two students.
Tens of thousands attend the funeral of the murdered bishop. The opposition accuses the army of the killing, the president denies it.
A dam threatens to burst, and eleven villages are cleared overnight
Foreign observers are refused visas a week before the poll. The opposition says the government wants to count the votes alone.
The security council votes to extend the mission by six months. Violence against civilians is on the rise, the United Nations warned.
A hospital in the besieged quarter runs out of anaesthetics
The tiny republic sends its only patrol boat to the disputed reef. Both governments claim it, and Chinese ships were seen nearby.
Ministers agree on quotas for asylum seekers after a night of talks. Human rights groups had asked the European governments to act.
Gangs free hundreds of inmates from a prison near the airport
The crown prince pardons bloggers who had insulted the state. Human rights groups still demand freedom for forty political prisoners.
Archive papers show how close the two powers came to war. The presidents of that time exchanged letters that nobody had seen.
`);

const sports = lines(`
The captain scores twice as the hosts win the derby in the rain. The fans sang until long after the match, and the team is now third in the league.
A late penalty sends the visitors out of the cup
She wins the marathon in Osaka four seconds ahead of the champion. Both runners broke the old championship record in the race.
The coach is dismissed after a seventh defeat in a row. The players won only two points from their last nine league matches.
Norway’s skiers take all three medals in the relay
The striker signs for two more seasons with the club. He has scored goals for the team that he has supported since he was a boy.
An injury to his knee ends the goalkeeper’s season. The coach must find another player before the cup match on Sunday.
The sprinter runs the hundred metres in 9.81 seconds
Two sets down, she turns the match and reaches the semi-final. Her opponent had won their last three finals.
The team from Cork lifts the hurling trophy for the first time in a decade. The players celebrated with their fans on the pitch in Thurles.
Rain stops play on the second day of the test in Galle
The rookie pitcher strikes out eleven in his debut. The young player had come up from the second league this season.
A photo finish decides the last stage of the tour. The Italian keeps the leader’s jersey before the final race on Sunday.
The Lions beat their rivals with a field goal in the final second
Doping test costs the weightlifter her gold medal. She loses her championship title too, the federation ruled.
The club moves to the top of the table with a goalless draw. The team had scored in every match before this Sunday.
The world champion retires at the age of twenty-nine
He sails around the world alone in seventy-six days. The sailor was greeted as a hero; his race began in the autumn.
The referee sends off three players in a stormy final. Both teams finished the match with nine players, and the fans whistled.
The swimmer breaks her own record over two hundred metres butterfly
The national side names an uncapped fullback for the match in Cardiff. The coach chose two more young players for the rugby tournament.
Extra time and penalties: the underdogs are through to the quarter-finals. Their goalkeeper saved twice, and the coach ran on to the pitch.
The driver starts from pole after a perfect lap
The rowing eight of the old university wins by a length. Their rivals had won the race in the last three seasons.
The golfer holes a birdie on the eighteenth to take the title. He finished two strokes ahead in his first victory of the season.
Fans invade the pitch after the whistle and carry the winger shoulder high
The jockey wins four races in one afternoon. No rider has won more this season at the course.
The league suspends the forward for six games. He had hit an opponent in the game against the league leaders.
A hat-trick in the first half settles the match
The climber reaches the summit without oxygen. It is the third of the great peaks that the athlete has climbed this season.
The volleyball women of Brazil win in straight sets. The Italian team won only forty points in the final.
His overtime goal gives the hockey team the series
The defender returns to training four months after the operation. He hopes to play the final matches of the season.
The city will build a stadium of forty thousand seats. The club wants to play there in the season after next.
The gymnast falls from the beam and still wins bronze
The cyclists protest against the descent on wet cobbles. The riders of two teams lost their captains in crashes before the finish.
The boxer keeps his belt on points after twelve rounds. The challenger was stronger in the last rounds and wants another fight.
The tennis star withdraws from the open with a sore shoulder
The reserves reach the playoffs after a run of nine victories. The coach says his players run more than any team in the league.
The batsman is run out on ninety-nine. He had scored his last hundred in the first match of the tour.
Two brothers meet in the final of the table tennis championship
The team bus is late, and kick-off is put back by half an hour. The players had to change into their shirts on the way to the stadium.
The draw for the group stage brings the old rivals together again. The fans still talk of the final they played eight seasons ago.
He jumps 8.45 metres with his last attempt
The women’s squad flies to the tournament without its best scorer. The players lost twice to their group opponents in the last tournament.
The manager praises the young midfielder after the friendly. The player, nineteen, scored his first goal for the team.
The favourites stumble at home against a side from the second division
The chess grandmaster draws with black and keeps the lead. His opponent had won five games in a row before the tournament.
Snowboarders train under floodlights for the world cup. The young athletes compete for points in the big air final.
The transfer window closes with a record fee for a teenager
An own goal in stoppage time costs the islanders the point they had earned. The defender had played his best match of the season until then.
The relay team drops the baton in the heats. Their rivals won the gold medal ahead of Jamaica.
The pitcher throws a perfect game, the first in the league for years
The Kenyan pulls away on the hill and wins the half marathon. The runner had lost the championship race in a sprint last season.
The curling skip places the last stone on the button. The women won the championship final with the last throw.
The fencers of Hungary win team gold with the sabre
Weather delays the downhill for the third time. The skiers wait for the race in the valley; the season began badly.
The quarterback throws five touchdowns in the snow. His team won the game and plays for the title of its division.
The fullback misses four kicks, and the All Blacks escape
The figure skaters receive the highest marks of the evening. The pair wins its third European championship title.
The federation awards the championship to two hosts. Fans from both countries can hope for a summer of football.
The veteran comes off the bench and scores with his first touch
The horse stumbles at the last fence and loses the lead. The rider was not hurt; the race was won by an outsider.
The basketball team wins its twelfth game, with forty points from the guard. Their coach calls him the player of the season.
The judo fighter throws her opponent after nineteen seconds
A retired champion becomes coach of the junior team. The players know him from the championship team of ten years ago.
Their goalkeeper saves two penalties in the shoot-out. The team had played two hours without a goal in the cup match.
The club is relegated on the last day of the season
The wheelchair racers start ten minutes before the runners. The athletes had asked for the earlier start of the race.
The league leaders rest six players before the cup match. The coach wants to save his best team for the final.
She clears two metres on her third attempt
The motorcyclist crashes in practice and will miss the grand prix. The team hopes that the rider can start in the last two races.
Spectators cheer the last runner as loudly as the winner. He finished the race in six hours and hugged his coach.
The visitors lose a lead of three goals in ten minutes
The archer needs one arrow to secure the title. She needed nine points, scored ten and won the championship.
A tie-break decides the longest match of the tournament. The two players had never met in a final before.
The spinner takes seven wickets before tea
The crew repairs its mast and finishes the regatta third. The sailors lost the race for the title by eleven minutes.
The winger is fined for his gesture towards the crowd. The player missed only one match of the last season.
The squad loses its captain to an ankle injury
The world record in the javelin falls after twenty years. The German athlete threw farther than any finalist.
Skaters from the Netherlands sweep the ten thousand metres. The team won every race of the championship weekend.
The promoted club surprises the champions at home
He rides the fastest time trial of his career. The rider now leads the race by half a minute.
The handball women throw away a lead of six goals. The coach blamed himself for the defeat in the cup match.
The footballers refuse to train until wages are paid
The surfer rides a wave of eighteen metres. The athlete won the competition ahead of two Brazilian surfers.
A coin toss decides which team goes to the final. Both teams had the same points and goals in their group.
The forward equals the scoring record of his father
The coach changes his goalkeeper before the penalties. The trick won the team the match and a place in the final.
The decathlete leads by sixty points after the first day. The athlete needs a good javelin throw to win the title.
The home crowd whistles as the referee checks the screen
The diving pair from Canada wins silver from the ten-metre platform. The divers finished two points behind the champions of China.
Three matches, three wins: the newcomers lead their group. The coach had asked his players for one point from each match.
The marathon route is changed because of the heat
The cricketers declare at four hundred for six. The team leads the match by two hundred runs with two days to play.
The playmaker limps off after a foul near the halfway line. The team must play the cup final without its best player.
The league title is decided by goal difference
The biathlete misses one target and loses gold. The athlete led the race until the last shooting.
The under-twenty side beats Argentina in the opening match. The young players scored three goals in the second half of the game.
Her serve reaches two hundred kilometres an hour
The kayak four paddles to victory on the lake. The team from Hungary beat the champions in the last metres of the race.
The champion loses to a qualifier in the first round. The player had won the tournament three times in a row.
The rugby league hands out bans after a brawl in the tunnel
The sledge dog race begins in a blizzard. The teams race a thousand kilometres to the finish.
`);

const business = lines(`
Shares of the carmaker fall after a warning about profits. Analysts had expected a small rise in sales this quarter.
The central bank raises its interest rate by a quarter of a point
The airline orders thirty jets and plans new routes to Asia. The company wants to grow in a market with rising sales.
Inflation slows to 2.1 per cent, the lowest figure in three years. Economists say falling energy prices helped consumers.
The brewer buys a rival in Mexico for four billion dollars
The supermarket chain closes sixty stores and cuts two thousand jobs. The group blames rising costs and weak sales in the north.
Oil prices climb as producers agree to pump less. Crude was sold at two per cent more in New York trading.
The euro rises against the dollar after the jobs report
A bakery from Leeds goes public and doubles on its first day. Investors paid eighteen pounds a share for the company.
The insurer expects losses of a billion from the storm. The company’s shares lost four per cent on the news.
Quarterly earnings of the bank beat expectations
The chief executive leaves after a quarrel with the board. Shares in the company fell when the market opened.
Retail sales were flat in November, statistics show. Analysts had expected sales to grow by half a per cent.
The regulator approves the merger of the two phone companies
Steel makers demand tariffs on cheap imports. The companies say Asian prices are below cost.
The toy company recalls a million dolls and warns of a weak Christmas. Shares of the company fell by eleven per cent in New York.
Unemployment falls to the lowest level since the crisis
The shipping line orders six container vessels from a Korean yard. The company pays three hundred million for the deal.
Coffee futures reach a record after frost in the highlands. Traders at the exchange expect prices to rise by another ten per cent.
The furniture group will raise prices because wood costs more
Investors pull money out of bond funds for the fifth week. Analysts say the market fears higher interest rates.
The start-up raises fifty million euros from venture capital. The company wants to invest the money in new markets.
A hedge fund buys nine per cent of the hotel chain
The hardware store cooperative pays its members a dividend. Sales of the group rose to two billion, more than any rival’s.
Exports of machinery grow faster than economists had forecast. Companies sold goods worth nine billion in the quarter.
The watchmaker blames the strong franc for falling sales
The bankrupt airline sells its landing slots to a competitor. Its debt to banks had risen to two billion.
House prices dip for the first time in six years. Mortgage costs have doubled, and the market has cooled, the bank said.
The shoe maker moves production from Vietnam to Portugal
Workers accept a pay rise of four per cent at the tyre plant. The company had offered three; the union asked for six.
The budget airline will charge for hand luggage. Analysts say it will bring in forty million a quarter.
The stock exchange in Milan closes at its highest since 2008
Farm subsidies are to be cut by a tenth, the treasury says. Prices for milk and grain are expected to fall.
The chocolate maker reports record revenue and a thinner margin. Cocoa prices rose by thirty per cent within a year.
The private equity firm sells its stake in the pharmacy chain
Gold slips as traders bet on higher rates. The price of an ounce fell by one per cent in London.
The railway operator orders trains worth two billion. The company will pay for them with bonds and a loan from its bank.
The trade deficit widens to its largest in a decade
The retailer hires a new finance chief from a rival. The company’s shares gained three per cent at the news.
The utility writes off a coal plant and posts a loss. The company lost four hundred million in the second quarter.
Consumer confidence improves ahead of the holidays
The fashion house is sold to a group from Paris. The deal is worth eight hundred million, investors said.
The pension fund will no longer invest in tobacco. Its managers will sell shares worth three hundred million.
The mortgage lender tightens its rules for first-time buyers
The copper mine reopens after a strike of eleven weeks. The company lost ninety million in sales, and the copper price rose.
The accountant is fined for missing the fraud. Investors in the company had lost two billion.
Growth in the third quarter was revised up to 0.6 per cent
The dairy cooperative fights a takeover by a Canadian firm. The company offers nine dollars a share for the dairy.
The delivery company lists its shares in Amsterdam. The company expects a market value of six billion.
Wall Street ends lower as banks drag down the index
The cement producer agrees to pay a fine for fixing prices. The regulator says customers of the company paid too much for years.
The family behind the brewery rejects the offer. Shares of the company fell by a tenth when the talks ended.
The ministry auctions licences for gas fields in the north
The supermarket promises to pay farmers more for milk. Farmers had complained that prices did not cover costs.
The debt of the city is downgraded by the rating agency. Investors will demand higher interest for its bonds.
The truck maker hires eight hundred people for its new plant
The hotel group opens forty houses in Africa. The company expects sales in the region to double.
Manufacturing orders drop as firms run down their stocks. Economists fear that the economy will grow more slowly in the next quarter.
The cruise line cancels dividends to save cash
A weak yen lifts the profits of exporters in Nagoya. Companies like the carmaker sell more abroad at better prices.
The bookseller survives by turning shops into cafés. Sales of the company rose for a second year, by four per cent.
The auction house takes in ninety million in one evening
The bank’s former treasurer is charged with insider trading. Prosecutors say he sold shares before the profit warning.
The cost of shipping a container has tripled since spring. Companies expect to pass the higher prices on to consumers.
The sugar company issues bonds to pay for a refinery
The lender forgives loans of small farms after the drought. The bank expects to lose a tenth of its profit this year.
The textile mill in Łódź finds a buyer. The company’s new owner pays one euro and takes over its debt.
The audit finds a hole of sixty million in the accounts
The airline and its pilots settle their dispute over pay. The company expects lower costs and a profit next quarter.
Analysts expect the retailer to cut its forecast. Shares of the company lost a tenth within a week.
The paper maker profits from the boom in parcels
The stock split attracts thousands of small investors. Each share of the company now costs a tenth of its old price.
The government sells its last shares in the telephone company. The deal brings in two billion and pays off debt.
A shortage of drivers slows deliveries before Easter
The wine trade fears the new tariff. Exporters sell a fifth of their bottles in the American market.
The insurer moves its headquarters to Dublin. The company expects lower taxes and easier access to the market.
The central bank of Brazil surprises markets with a rate cut
The meat packer is bought by its employees. The employees pay forty million, mostly with a bank loan.
Orders for machine tools are up twelve per cent on the year. Companies in Asia bought most; economists expect strong exports.
The budget includes a tax break for young companies
The bank closes branches in villages and sends a bus instead. The bank wants to cut costs as customers manage money online.
The chain of bakeries files for protection from its creditors. The company lost money because flour and energy prices rose.
Banana growers complain about the prices of discounters
The carmaker and the union agree on shorter hours. The company expects no loss of sales from the deal.
The chemical group splits itself into three companies. Investors welcomed the plan, and shares rose by six per cent.
Grain prices ease after a good harvest in Ukraine
The fund manager warns clients of a bubble in property. Investors bought houses and shares with cheap loans.
The ferry company sails back into profit. The company expects to pay a dividend again next year.
The glass factory lays off a third of its workers
The cosmetics firm pays a premium for a perfume maker. Analysts say the price is eighteen times annual profit.
The currency loses a tenth of its value in a week. The central bank sold dollars and raised interest rates.
The mail-order house ends its printed catalogue after a century
The airport sells bonds to finance a second terminal. Investors will receive four per cent interest for ten years.
Foreign investment in the region doubles within two years. Companies praise low taxes and cheap land, economists say.
The retailer’s shares soar on rumours of a bid
Wages are rising faster than prices for the first time since March. Economists expect consumers to spend more in the coming quarter.
The lumber company faces a lawsuit by its shareholders. Investors say managers hid losses in the accounts.
The discount broker halves its fees
The jeweller opens a flagship store in Shanghai. The company expects a quarter of its sales in Asia.
Small firms wait longer for their invoices to be paid. Companies lose money to banks for loans meanwhile, a survey says.
The treasurer promises a balanced budget in four years
The consumer watchdog investigates hidden charges of banks. Customers of the banks paid two hundred million in fees.
The toy maker’s turnaround pleases the markets. The company made its first profit for three years; shares rose.
The salmon farmer loses a tenth of its stock to algae, and its shares dive
The conglomerate wants to spin off its elevator business. Investors expect the new company to be worth three billion.
`);

const science = lines(`
Astronomers find water vapour around a planet the size of Neptune. The telescope’s data show clouds, scientists of the university report.
The new browser blocks trackers unless a user allows them
A fossil from Patagonia fills a gap in the history of birds. The animal had teeth and feathers, scientists write in a study.
Researchers grow nerve cells that repair a damaged spinal cord in mice. The experiment may help to treat patients in ten years, scientists say.
The phone maker shows a handset that folds twice
A flaw in a mail program lets attackers read messages. Users should install the new version of the software, researchers say.
The probe enters orbit around Mercury after seven years. The spacecraft will send data about the planet’s magnetic field to scientists on earth.
The chip is built in layers and needs half the power
Engineers test a battery that charges in six minutes. The technology was developed in a university laboratory with lithium and silicon.
A telescope in Chile takes the sharpest picture of a black hole. The data of eight nights went through a computer, the scientists say.
The search engine answers questions in whole sentences
Biologists discover a frog that glows under ultraviolet light. Scientists from the university found it in a swamp in the rain forest.
A worm spreads through printers in offices around the world. The program uses a hole in the software that users had not closed, researchers say.
The satellite measures how fast the glaciers of Greenland melt
Free software runs the voting machines of a whole canton. Every user can read its code on the internet, the developers say.
Doctors transplant a windpipe grown from the patient’s own cells. Scientists of the university had tested the technology with pigs.
The video game sells three million copies on its first weekend
A vaccine against malaria protects four of five children in a trial. Scientists tested the new drug in a study with nine thousand children.
The rover drills into a rock that once lay under a lake. Its data show salt and clay, scientists of the mission say.
Physicists trap antimatter for a quarter of an hour
The encyclopedia that everybody can edit turns twenty. Users write and correct articles on the web; the software is free.
Quantum computer factors a number of six digits. The technology could one day break codes on the internet, scientists say.
Bees recognise human faces, a study suggests
The company pays hackers who report security holes. The researchers may test its software and its web servers.
Gene scissors cure mice of a rare blood disease. Scientists changed one gene in the cells of the animals in the laboratory.
The robot learns to fold towels by watching people
A new operating system for watches is open source. Developers can change the software and build their own programs.
Archaeologists read a burnt scroll with X-rays. The computer program of a university found Greek letters in the scan.
The space station gets a greenhouse for salad
Spam now makes up less than half of all mail. Software filters learn from what users delete, researchers say.
Whales sing in dialects, recordings from the Pacific show. Researchers used microphones and a computer program to compare data.
The update drains the battery of older phones, users complain
Chemists make plastic that dissolves in sea water. In the experiment of the scientists it was gone after eight weeks.
A swarm of small satellites will bring the internet to ships. The technology sends data from space to users far from land.
The laser measures the distance to the moon to the millimetre
The algorithm predicts how proteins fold. Scientists call the computer program a leap for research on drugs.
A comet passes the sun and loses its tail. Scientists watched it with a telescope of the space agency.
The web turns thirty, and its inventor worries about it
Scientists teach a computer to translate a language that nobody speaks any more. The software learned from clay tablets in the data of a museum.
The hard disk of the future stores data in glass. The technology of the researchers uses a laser and survives for centuries.
Passwords are stolen from a dating site
The first photograph of an atom’s shadow. Physicists at the university used a laser and a digital camera.
Coral grown in a laboratory survives a warm summer. Marine scientists had chosen cells that live in warm water.
A wireless standard promises gigabits in every room
Dinosaurs had lice, amber shows. Scientists scanned the insects with a computer at the university.
A programming language from Estonia finds friends in Silicon Valley. Developers like that programs in it are short and need no server.
The ozone hole is the smallest for decades
The spacecraft lands on an asteroid and takes a sample home. Scientists hope that the dust in it is older than the earth.
The virus locks files and demands a ransom. Software for backups helps users whose computer was attacked, researchers say.
Mathematicians prove a conjecture from 1937
The digital camera sees in the dark with a new sensor. The technology counts single photons, the engineers say.
Neanderthals buried their dead with flowers, pollen suggests. Scientists found the traces under a microscope in the laboratory.
The browser wars are back on mobile phones
Sharks find their way by the magnetic field of the earth. In the experiment scientists turned the field in a tank, and the fish turned.
The supercomputer simulates a thunderstorm drop by drop. The scientists used the data of satellites and a new program.
A drug made from snail venom relieves pain without addiction
The rocket lands upright on a ship at sea. The technology lowers the cost of flights to space, engineers say.
Voice assistants misunderstand children, researchers warn. Scientists of the university tested the software with six hundred recordings.
The museum scans its beetles and puts them online
A camera that fits into a grain of rice. Researchers at the university hope that the technology will help surgeons.
Solar cells of perovskite reach a record efficiency. The technology is cheap, but water destroys it, scientists say.
Microbes from a hot spring digest old tyres
The patch closes a hole in the web server that had been open for years. Researchers had found the software error in old code.
Scientists date the oldest cave painting in Borneo. Scientists at the university measured atoms of uranium in the rock.
The mission to Jupiter’s moon is launched from Kourou
Crows make tools they have never seen before. Scientists watched the birds in an experiment with glass tubes.
The network card sends four hundred gigabits a second. Engineers built the technology for computers that train programs.
The test finds cancer in a drop of blood
A keyboard for one hand helps people after a stroke. The researchers wrote software that guesses words of the user.
The telescope sees a star being born behind the dust. Scientists hope to learn from the data how planets form.
The database of genes is open to everyone
A bug in the leap year calculation stops music players. The software counted a day too many, the maker told users.
The plant smells of carrion and blooms once in nine years. Scientists at the university’s garden study its heat and smell.
The tablet reads handwriting in forty scripts
Ice cores hold air that is a million years old. Scientists read in the bubbles how the climate changed.
Developers release the source code of the classic game. Users can run the program on a computer of today.
The spider’s silk inspires a new glue
A radio burst from a distant galaxy repeats every sixteen days. Astronomers do not know what sends the signal; a telescope follows it.
The exoskeleton lets a paralysed man walk through his laboratory. The computer reads signals from sensors on his brain, researchers say.
The social network hides the number of likes in a test
Antibiotic found in the soil kills resistant bacteria. Scientists found the molecule with the help of a computer.
The bionic hand feels whether a peach is ripe. The technology sends signals from sensors to nerves, engineers say.
Mars had rivers wider than any on earth, images show
The encryption of the messenger is checked by outsiders. Researchers of a university found two small errors in its code.
A new element gets a name and a place in the table. Physicists had made four atoms of it in an experiment.
The virtual reality headset no longer needs a cable
Bats share food with those who shared before. Scientists put tiny sensors on the animals for the study.
The machine beats the best players of a bluffing card game. The software of the university learned by playing against itself.
Sea level has risen faster than models said
The antenna is printed on paper. Engineers printed it with ink of silver, the technology is cheap.
The mouse genome is decoded for a second time, without gaps. Scientists hope to find genes for diseases in the data.
Researchers store a film in the DNA of bacteria
The domain registry switches to safer certificates. The internet software of browsers trusts them from today on.
A parasite changes how ants walk. Scientists saw under the microscope that it sits in the brain.
The gravitational wave detector hears two neutron stars collide
Old phones become sensors against illegal logging. The software listens for chain saws and sends data to rangers.
The compiler now finds errors before the program runs. Developers of the software say users lose less time.
The deep-sea robot films an unknown squid
The meteorite contains sugar older than the sun. Chemists found it in the laboratory in a grain of the rock.
Artificial skin feels heat and pressure. Engineers of the university built sensors into a film of rubber.
The moon’s dust sticks to everything, the astronauts’ gloves show
A plugin lets blind people hear charts. The software turns data on the web into sound, developers say.
The code repository deletes inactive projects, programmers protest. Its computers had no room left for old code, the company says.
The magnet of the fusion reactor is cooled for the first time
Mammoth teeth yield the oldest DNA so far. Scientists compared the genes in it with those of elephants.
`);

/** Label → texts. */
export const englishNews: ReadonlyMap<string, readonly string[]> = new Map([
  ['World', world],
  ['Sports', sports],
  ['Business', business],
  ['Sci/Tech', science],
]);
