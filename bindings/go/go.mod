module tsmmr

go 1.19
