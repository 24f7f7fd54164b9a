// Names, numbers and codes as texts that can be compared.
// Pure. Source: rules measured on real lists (docs/rebuild.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pulih::tender {

// Control characters, line breaks and no-break spaces to one blank, ends trimmed: what is shown.
std::string Tidy(std::string_view text);

// For comparing: upper case, letters without marks, everything but letters and digits to one blank.
std::string Fold(std::string_view text);

// Fold without the forms of companies (PT, CV, UD, PD, FA, TBK, PERSERO, KOPERASI) wherever they stand. Two vendors may
// have one folded name: never a key.
std::string FoldVendor(std::string_view text);

// NPWP: its 15 or 16 digits (of 16 the leading 0 is dropped); nullopt when it is none (empty, zeros, another length).
// "ID-NPWP-" in front, as in OCDS, is passed over.
std::optional<std::string> NpwpDigits(std::string_view text);
// The first nine digits, by which vendors are told apart, where their check digit holds (Luhn, every second digit from the
// left doubled, starting with the second); nullopt otherwise, and for a person's number of 16 digits: its first nine are a
// district and a birthday.
std::optional<std::string> NpwpKey(std::string_view digits);
bool HoldsCheckDigit(std::string_view nine_digits);

// The kode lelang in a text of digits: "3295127" (sequence times 1000 plus number of the LPSE). nullopt when it is none.
std::optional<std::string> TenderCode(std::string_view text);
// Who published the tender of this code: "LPSE 127" by its last three digits, "SPSE" where they are 000.
std::string LpseOf(std::string_view code);

}  // namespace pulih::tender
