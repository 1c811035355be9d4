// The catalogue's tables. Every brand and shop in it is invented.
#include "simulator/catalogue.h"

namespace tessera::simulator {

namespace {

constexpr std::uint16_t kSpring = 0b0000'0001'1100;
constexpr std::uint16_t kSummer = 0b0000'1110'0000;
constexpr std::uint16_t kAutumn = 0b0111'0000'0000;
constexpr std::uint16_t kWinter = 0b1000'0000'0011;
constexpr std::uint16_t kChristmas = 0b1000'0000'0000;
constexpr std::uint16_t kHalloween = 0b0010'0000'0000;

constexpr ProductRow kFruit[] = {
    {"Bananas, loose 1 kg", "", 115, 95, 0},
    {"Gala apples, 6 pack", "", 185, 60, kAutumn},
    {"Braeburn apples, 6 pack", "", 195, 35, kAutumn},
    {"Conference pears, 4 pack", "", 175, 24, kAutumn},
    {"Easy peelers, 600 g", "", 170, 50, kWinter},
    {"Large oranges, 4 pack", "", 160, 26, kWinter},
    {"Lemons, 4 pack", "", 110, 30, 0},
    {"Limes, 5 pack", "", 120, 16, kSummer},
    {"Red seedless grapes, 500 g", "", 225, 48, 0},
    {"Strawberries, 400 g", "", 275, 44, kSummer},
    {"Raspberries, 200 g", "", 240, 34, kSummer},
    {"Blueberries, 250 g", "", 250, 42, kSummer},
    {"Watermelon, each", "", 330, 9, kSummer},
    {"Mango, each", "", 110, 20, 0},
    {"Pineapple, each", "", 140, 14, 0},
    {"Avocados, ripe, 2 pack", "", 175, 38, 0},
};

constexpr ProductRow kVegetables[] = {
    {"White potatoes, 2 kg", "", 165, 62, 0},
    {"Baby new potatoes, 1 kg", "", 130, 26, kSpring},
    {"Sweet potatoes, 1 kg", "", 125, 26, kAutumn},
    {"Carrots, 1 kg", "", 69, 66, 0},
    {"Brown onions, 1 kg", "", 99, 60, 0},
    {"Red onions, 3 pack", "", 85, 34, 0},
    {"Garlic, 4 bulbs", "", 99, 36, 0},
    {"Vine tomatoes, 500 g", "", 150, 50, kSummer},
    {"Cherry tomatoes, 330 g", "", 125, 46, kSummer},
    {"Cucumber, each", "", 89, 62, kSummer},
    {"Peppers, mixed, 3 pack", "", 165, 50, 0},
    {"Broccoli, 350 g", "", 82, 52, 0},
    {"Cauliflower, each", "", 115, 24, 0},
    {"Closed cup mushrooms, 300 g", "", 105, 44, 0},
    {"Baby spinach, 200 g", "", 135, 32, 0},
    {"Iceberg lettuce, each", "", 89, 34, kSummer},
    {"Rocket, 90 g", "", 110, 20, kSummer},
    {"Courgettes, 3 pack", "", 155, 22, kSummer},
    {"Asparagus tips, 125 g", "", 230, 10, kSpring},
    {"Pumpkin, carving, each", "", 200, 3, kHalloween},
    {"Brussels sprouts, 500 g", "", 100, 6, kWinter},
    {"Parsnips, 500 g", "", 75, 14, kWinter},
    {"Fresh basil, pot", "", 150, 14, kSummer},
    {"Coriander, 30 g", "", 60, 22, 0},
};

constexpr ProductRow kDairy[] = {
    {"Semi-skimmed milk, 2 l", "Meadow Lane", 155, 98, 0},
    {"Whole milk, 2 l", "Meadow Lane", 155, 48, 0},
    {"Skimmed milk, 1 l", "Meadow Lane", 120, 20, 0},
    {"Oat drink, 1 l", "Haverly", 190, 32, 0},
    {"Salted butter, 250 g", "Meadow Lane", 199, 48, 0},
    {"Spreadable, 500 g", "Goldacre", 375, 26, 0},
    {"Mature cheddar, 400 g", "Thornby Creamery", 365, 52, 0},
    {"Extra mature cheddar, 350 g", "Thornby Creamery", 385, 28, 0},
    {"Mozzarella, 125 g", "Casa Lucia", 95, 34, 0},
    {"Parmesan wedge, 200 g", "Casa Lucia", 425, 16, 0},
    {"Feta, 200 g", "Kalithea", 215, 18, kSummer},
    {"Halloumi, 225 g", "Kalithea", 265, 18, kSummer},
    {"Brie, 200 g", "Val Fleuri", 195, 14, kChristmas},
    {"Stilton, 220 g", "Thornby Creamery", 260, 6, kChristmas},
    {"Greek style yogurt, 1 kg", "Kalithea", 235, 34, 0},
    {"Strawberry yogurts, 4 pack", "Meadow Lane", 165, 30, 0},
    {"Double cream, 300 ml", "Meadow Lane", 145, 20, kChristmas},
    {"Crème fraîche, 300 ml", "Meadow Lane", 135, 16, 0},
    {"Free range eggs, 12 medium", "Hollow Farm", 315, 64, 0},
    {"Free range eggs, 6 large", "Hollow Farm", 185, 40, 0},
};

constexpr ProductRow kBakery[] = {
    {"White sliced loaf, 800 g", "Bellmoor", 119, 66, 0},
    {"Wholemeal loaf, 800 g", "Bellmoor", 125, 52, 0},
    {"Sourdough, 600 g", "Stone & Starter", 275, 26, 0},
    {"Seeded rolls, 4 pack", "Stone & Starter", 150, 22, 0},
    {"Burger buns, 6 pack", "Bellmoor", 120, 12, kSummer},
    {"Tortilla wraps, 8 pack", "Sol Dorado", 135, 36, 0},
    {"Bagels, 5 pack", "Bellmoor", 160, 24, 0},
    {"Croissants, 4 pack", "Stone & Starter", 165, 24, 0},
    {"Crumpets, 8 pack", "Bellmoor", 95, 24, kWinter},
    {"Hot cross buns, 6 pack", "Bellmoor", 150, 4, 0b0000'0000'1100},
    {"Mince pies, 6 pack", "Stone & Starter", 200, 2, kChristmas},
    {"Victoria sponge", "Stone & Starter", 425, 8, 0},
};

constexpr ProductRow kMeatFish[] = {
    {"Chicken breast fillets, 650 g", "Hollow Farm", 495, 58, 0},
    {"Whole chicken, 1.6 kg", "Hollow Farm", 575, 26, 0},
    {"Chicken thighs, 1 kg", "Hollow Farm", 360, 30, 0},
    {"Beef mince 5 % fat, 500 g", "Hollow Farm", 449, 50, 0},
    {"Rump steak, 227 g", "Hollow Farm", 450, 16, kSummer},
    {"Pork sausages, 8 pack", "Hollow Farm", 275, 38, 0},
    {"Smoked back bacon, 300 g", "Hollow Farm", 265, 38, 0},
    {"Cooked ham, 250 g", "Hollow Farm", 235, 34, 0},
    {"Lamb leg joint, 1.4 kg", "Hollow Farm", 1750, 4, kSpring},
    {"Turkey crown, 2 kg", "Hollow Farm", 2200, 1, kChristmas},
    {"Gammon joint, 1.2 kg", "Hollow Farm", 750, 6, kChristmas},
    {"Salmon fillets, 2 pack", "Northwater", 425, 32, 0},
    {"Cod fillets, 280 g", "Northwater", 475, 16, 0},
    {"King prawns, 150 g", "Northwater", 350, 20, 0},
    {"Smoked salmon, 100 g", "Northwater", 400, 10, kChristmas},
    {"Tuna chunks, 4 × 145 g", "Northwater", 395, 30, 0},
};

constexpr ProductRow kPlantBased[] = {
    {"Tofu, firm, 396 g", "Haverly", 250, 14, 0},
    {"Plant mince, 454 g", "Haverly", 300, 12, 0},
    {"Falafel, 200 g", "Kalithea", 190, 16, 0},
    {"Houmous, 300 g", "Kalithea", 155, 44, 0},
    {"Vegetable soup, 600 g", "Haverly", 225, 18, kWinter},
};

constexpr ProductRow kPantry[] = {
    {"Spaghetti, 500 g", "Casa Lucia", 95, 44, 0},
    {"Penne, 1 kg", "Casa Lucia", 149, 38, 0},
    {"Basmati rice, 1 kg", "Amrita", 250, 34, 0},
    {"Egg noodles, 250 g", "Amrita", 120, 20, 0},
    {"Chopped tomatoes, 4 × 400 g", "Casa Lucia", 199, 48, 0},
    {"Passata, 500 g", "Casa Lucia", 75, 28, 0},
    {"Baked beans, 4 × 415 g", "Bellmoor", 325, 44, 0},
    {"Chickpeas, 400 g", "Kalithea", 65, 32, 0},
    {"Kidney beans, 400 g", "Sol Dorado", 60, 24, 0},
    {"Red lentils, 500 g", "Amrita", 140, 18, 0},
    {"Coconut milk, 400 ml", "Amrita", 125, 24, 0},
    {"Olive oil, extra virgin, 500 ml", "Kalithea", 725, 24, 0},
    {"Sunflower oil, 1 l", "Goldacre", 199, 26, 0},
    {"Plain flour, 1.5 kg", "Goldacre", 85, 24, kChristmas},
    {"Caster sugar, 1 kg", "Goldacre", 139, 22, kChristmas},
    {"Porridge oats, 1 kg", "Haverly", 150, 36, kWinter},
    {"Granola, 500 g", "Haverly", 275, 24, 0},
    {"Corn flakes, 500 g", "Bellmoor", 145, 28, 0},
    {"Honey, 340 g", "Hollow Farm", 225, 20, 0},
    {"Strawberry jam, 454 g", "Hollow Farm", 165, 18, 0},
    {"Peanut butter, smooth, 340 g", "Goldacre", 210, 26, 0},
    {"Tomato ketchup, 700 g", "Bellmoor", 285, 24, kSummer},
    {"Mayonnaise, 600 g", "Goldacre", 265, 24, kSummer},
    {"Dijon mustard, 200 g", "Val Fleuri", 120, 12, 0},
    {"Soy sauce, 150 ml", "Amrita", 165, 14, 0},
    {"Curry paste, 283 g", "Amrita", 205, 18, 0},
    {"Fajita kit, 500 g", "Sol Dorado", 325, 18, 0},
    {"Stock cubes, 10 pack", "Goldacre", 125, 26, 0},
    {"Sea salt, 350 g", "Northwater", 145, 14, 0},
    {"Black peppercorns, 100 g", "Amrita", 215, 12, 0},
};

constexpr ProductRow kSnacks[] = {
    {"Ready salted crisps, 6 pack", "Salt Cliff", 175, 44, 0},
    {"Sea salt kettle chips, 150 g", "Salt Cliff", 195, 36, 0},
    {"Tortilla chips, 200 g", "Sol Dorado", 130, 30, kSummer},
    {"Salted peanuts, 200 g", "Goldacre", 115, 18, kChristmas},
    {"Milk chocolate, 180 g", "Aldenham", 195, 40, 0},
    {"Dark chocolate 70 %, 100 g", "Aldenham", 175, 24, 0},
    {"Chocolate selection box", "Aldenham", 550, 3, kChristmas},
    {"Easter egg, milk chocolate", "Aldenham", 400, 3, 0b0000'0000'1100},
    {"Fun size sweets, 600 g", "Aldenham", 450, 4, kHalloween},
    {"Digestive biscuits, 400 g", "Bellmoor", 125, 40, 0},
    {"Chocolate biscuits, 8 pack", "Bellmoor", 165, 32, 0},
    {"Oatcakes, 300 g", "Haverly", 130, 14, 0},
    {"Popcorn, sweet and salty, 90 g", "Salt Cliff", 140, 18, 0},
    {"Cereal bars, 6 pack", "Haverly", 195, 24, 0},
};

constexpr ProductRow kFrozen[] = {
    {"Garden peas, 1 kg", "Northwater", 180, 40, 0},
    {"Oven chips, 1.5 kg", "Bellmoor", 285, 36, 0},
    {"Margherita pizza, 350 g", "Casa Lucia", 275, 32, 0},
    {"Fish fingers, 20 pack", "Northwater", 395, 26, 0},
    {"Vanilla ice cream, 1 l", "Meadow Lane", 325, 20, kSummer},
    {"Ice lollies, 8 pack", "Meadow Lane", 250, 10, kSummer},
    {"Mixed berries, 500 g", "Hollow Farm", 300, 20, 0},
    {"Yorkshire puddings, 12 pack", "Bellmoor", 165, 18, kWinter},
    {"Spinach, frozen, 900 g", "Northwater", 199, 12, 0},
    {"Ice cubes, 2 kg", "Northwater", 110, 5, kSummer},
};

constexpr ProductRow kDrinks[] = {
    {"Orange juice, 1 l", "Solana", 225, 44, 0},
    {"Apple juice, 1 l", "Solana", 185, 26, 0},
    {"Still water, 6 × 1.5 l", "Fernwell", 275, 26, kSummer},
    {"Sparkling water, 2 l", "Fernwell", 75, 24, kSummer},
    {"Cola, 8 × 330 ml", "Jolt & Daughters", 425, 24, 0},
    {"Lemonade, 2 l", "Jolt & Daughters", 135, 20, kSummer},
    {"Elderflower cordial, 500 ml", "Hollow Farm", 325, 12, kSummer},
    {"Tonic water, 6 × 150 ml", "Fernwell", 350, 16, 0},
    {"Ground coffee, 227 g", "Harbour Roast", 425, 34, 0},
    {"Coffee beans, 500 g", "Harbour Roast", 850, 16, 0},
    {"Instant coffee, 200 g", "Harbour Roast", 595, 24, 0},
    {"Breakfast tea, 160 bags", "Aldenham", 475, 36, 0},
    {"Peppermint tea, 20 bags", "Aldenham", 175, 16, 0},
    {"Hot chocolate, 300 g", "Aldenham", 325, 12, kWinter},
};

constexpr ProductRow kAlcohol[] = {
    {"Lager, 10 × 440 ml", "Kestrel Row", 1100, 20, kSummer},
    {"Pale ale, 4 × 440 ml", "Kestrel Row", 625, 16, 0},
    {"Dry cider, 4 × 500 ml", "Hollow Farm", 575, 12, kSummer},
    {"Rioja crianza, 75 cl", "Monte Alba", 850, 18, kWinter},
    {"Sauvignon blanc, 75 cl", "Long Bay", 825, 22, kSummer},
    {"Merlot, 75 cl", "Monte Alba", 725, 16, 0},
    {"Rosé, 75 cl", "Val Fleuri", 795, 10, kSummer},
    {"Prosecco, 75 cl", "Casa Lucia", 895, 16, kChristmas},
    {"London dry gin, 70 cl", "Aldenham", 1850, 6, kChristmas},
    {"Alcohol-free beer, 4 × 330 ml", "Kestrel Row", 425, 8, 0b0000'0000'0001},
};

constexpr ProductRow kBaby[] = {
    {"Nappies size 4, 44 pack", "Little Wren", 850, 60, 0},
    {"Baby wipes, 12 × 60", "Little Wren", 900, 44, 0},
    {"Infant milk, 800 g", "Little Wren", 1350, 36, 0},
    {"Fruit purée pouches, 6 × 70 g", "Little Wren", 525, 44, 0},
    {"Rice cakes for little ones, 40 g", "Little Wren", 110, 30, 0},
};

constexpr ProductRow kPet[] = {
    {"Cat food in jelly, 40 pouches", "Whistle & Paw", 1350, 40, 0},
    {"Dry cat food, 2 kg", "Whistle & Paw", 750, 26, 0},
    {"Cat litter, 10 l", "Whistle & Paw", 525, 30, 0},
    {"Dry dog food, 12 kg", "Whistle & Paw", 2600, 20, 0},
    {"Dog treats, 180 g", "Whistle & Paw", 225, 26, 0},
};

constexpr ProductRow kHousehold[] = {
    {"Toilet tissue, 9 rolls", "Fernwell", 475, 48, 0},
    {"Kitchen roll, 3 rolls", "Fernwell", 325, 32, 0},
    {"Laundry liquid, 38 washes", "Clara", 825, 26, 0},
    {"Dishwasher tablets, 40 pack", "Clara", 750, 24, 0},
    {"Washing-up liquid, 500 ml", "Clara", 115, 30, 0},
    {"Multi-surface spray, 750 ml", "Clara", 195, 20, 0},
    {"Bin liners, 30 l, 40 pack", "Clara", 225, 20, 0},
    {"Aluminium foil, 30 m", "Clara", 425, 12, kChristmas},
    {"Batteries AA, 8 pack", "Brightline", 625, 9, kChristmas},
    {"Daffodils, bunch", "", 125, 6, kSpring},
    {"Mixed tulips, bunch", "", 400, 8, kSpring},
};

constexpr ProductRow kHealth[] = {
    {"Toothpaste, 75 ml", "Pearlside", 225, 26, 0},
    {"Shampoo, 400 ml", "Anwen", 350, 20, 0},
    {"Conditioner, 400 ml", "Anwen", 350, 14, 0},
    {"Shower gel, 250 ml", "Anwen", 185, 24, 0},
    {"Hand wash, 500 ml", "Anwen", 165, 24, 0},
    {"Deodorant, 150 ml", "Anwen", 275, 20, 0},
    {"Sun cream SPF 50, 200 ml", "Anwen", 750, 4, kSummer},
    {"Paracetamol, 16 tablets", "Pearlside", 45, 22, kWinter},
    {"Vitamin D, 90 tablets", "Pearlside", 450, 8, kWinter},
    {"Cold relief lemon, 10 sachets", "Pearlside", 395, 5, kWinter},
};

constexpr Department kDepartments[] = {
    {"Fruit", Appeal::kAll, kFruit},
    {"Vegetables", Appeal::kAll, kVegetables},
    {"Dairy & eggs", Appeal::kAll, kDairy},
    {"Bakery", Appeal::kAll, kBakery},
    {"Meat & fish", Appeal::kMeat, kMeatFish},
    {"Plant-based", Appeal::kAll, kPlantBased},
    {"Pantry", Appeal::kAll, kPantry},
    {"Snacks", Appeal::kAll, kSnacks},
    {"Frozen", Appeal::kAll, kFrozen},
    {"Drinks", Appeal::kAll, kDrinks},
    {"Beer, wine & spirits", Appeal::kAlcohol, kAlcohol},
    {"Baby", Appeal::kBaby, kBaby},
    {"Pets", Appeal::kPet, kPet},
    {"Household", Appeal::kAll, kHousehold},
    {"Health & beauty", Appeal::kAll, kHealth},
};

constexpr Store kStores[] = {
    {"S01", "Harrowfield Market Street", "Harrowfield", 8},
    {"S02", "Harrowfield Station", "Harrowfield", 4},
    {"S03", "Millbrook", "Millbrook", 6},
    {"S04", "Eastmere", "Eastmere", 6},
    {"S05", "Wexcombe", "Wexcombe", 5},
    {"S06", "Thornby", "Thornby", 3},
    {"S07", "Castle Vale", "Castle Vale", 4},
    {"S08", "Saltcliff Harbour", "Saltcliff", 3},
};

}  // namespace

std::span<const Department> departments() {
  return kDepartments;
}
std::span<const Store> stores() {
  return kStores;
}

}  // namespace tessera::simulator
