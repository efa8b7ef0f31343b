"""The words that invented people and their facts are made of, and how large each area is."""

from __future__ import annotations

# Residents of each area in tens of thousands, roughly.
SIZES = {
    "avon-and-somerset": 172, "bedfordshire": 70, "cambridgeshire": 89, "cheshire": 110,
    "cleveland": 57, "cumbria": 50, "derbyshire": 106, "devon-and-cornwall": 179, "dorset": 78,
    "durham": 64, "dyfed-powys": 52, "essex": 186, "gloucestershire": 65,
    "greater-manchester": 287, "gwent": 59, "hampshire": 201, "hertfordshire": 120,
    "humberside": 93, "kent": 186, "lancashire": 153, "leicestershire": 111, "lincolnshire": 77,
    "london": 880, "merseyside": 142, "norfolk": 92, "north-wales": 69, "north-yorkshire": 82,
    "northamptonshire": 79, "northumbria": 146, "nottinghamshire": 115, "south-wales": 133,
    "south-yorkshire": 137, "staffordshire": 113, "suffolk": 76, "surrey": 120, "sussex": 171,
    "thames-valley": 242, "warwickshire": 60, "west-mercia": 130, "west-midlands": 292,
    "west-yorkshire": 235, "wiltshire": 74,
}  # fmt: skip
FIRST = (
    "Alder", "Ashby", "Avery", "Bailey", "Blair", "Brook", "Cameron", "Casey", "Corey", "Dana",
    "Darcy", "Devon", "Drew", "Eden", "Ellis", "Ember", "Emery", "Farrow", "Finley", "Flynn",
    "Gale", "Gray", "Hadley", "Harley", "Harper", "Haven", "Indigo", "Jamie", "Jess", "Jocelyn",
    "Jules", "Kelly", "Kerry", "Lane", "Lee", "Lindsay", "Logan", "Marlow", "Morgan", "Nell",
    "Noel", "Oakley", "Paget", "Quinn", "Reese", "Riley", "Robin", "Rowan", "Sage", "Sandy",
    "Shelby", "Sidney", "Skye", "Stacey", "Tate", "Taylor", "Teal", "Vale", "Wren", "Yael",
)  # fmt: skip
LAST = (
    "Abney", "Arkle", "Ashdown", "Barrow", "Birch", "Bramley", "Brant", "Cawood", "Chantry",
    "Cobb", "Colley", "Dacre", "Dale", "Denby", "Dunmore", "Eckles", "Elder", "Elwood", "Fallow",
    "Fenn", "Firth", "Garth", "Gill", "Gorse", "Hale", "Harbin", "Hawes", "Heald", "Holme",
    "Inskip", "Ivory", "Jarrow", "Keld", "Kell", "Kirk", "Lamb", "Larch", "Leck", "Lund", "Mabbot",
    "Marsh", "Mere", "Moss", "Nash", "Nook", "Oakes", "Orme", "Orrell", "Pell", "Penrose", "Pike",
    "Quarry", "Raine", "Ridd", "Rigg", "Rudd", "Sallow", "Scarth", "Shaw", "Skelton", "Stell",
    "Stow", "Swale", "Tarn", "Thorn", "Thwaite", "Tolley", "Udall", "Vane", "Varley", "Wade",
    "Wain", "Warth", "Weir", "Whin", "Wolds", "Yarrow", "Yeadon", "York", "Zeal",
)  # fmt: skip
STREETS = ("Oak Road", "Mill Lane", "Chapel Street", "Station Road", "High Street", "Back Lane",
           "The Crescent", "Canal Side", "Priory Close", "Weavers Row")  # fmt: skip
TOWNS = ("Byford", "Nethercote", "Easterby", "Long Marsh", "Holmebridge", "Castle Wold", "Aldwick")
SEXUAL = ("Rape", "Sexual assault", "Sexual activity with a child", "Exposure", "Voyeurism",
          "Indecent photographs of children", "Sexual communication with a child",
          "Assault of a child under 13 by penetration")  # fmt: skip
VIOLENT = ("Wounding with intent", "Robbery", "Kidnapping", "Arson with intent",
           "Inflicting grievous bodily harm", "False imprisonment")  # fmt: skip
PROHIBITIONS = (
    "Having unsupervised contact with a child under 16",
    "Using a device that can reach the internet unless its history can be seen",
    "Deleting the history of any device",
    "Living in the same house as a child under 16 without approval",
    "Entering a public swimming pool or playground",
)
AGENCIES = ("police", "probation", "prison", "housing", "health", "childrens-services", "yot")
COURTS = ("Crown Court at Byford", "Magistrates' Court at Easterby", "Crown Court at Castle Wold")
REASONS = ("recorded of the wrong person", "wrong date", "entered twice", "wrong box ticked")
