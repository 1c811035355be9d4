// The mappings of examples/mappings, tried on documents as the systems send them. Samples of the systems' own are not
// part of the repository: the environment's TESSERA_OUTSIDE names the folder that has them, under cases/webhooks.
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/mapping_try.h"

namespace tessera::cli {
namespace {

namespace files = std::filesystem;
namespace json = boost::json;

struct Tried {
  json::array events;
  std::string problems;
};

Tried try_example(const std::string& name, const std::string& body, const std::string& header) {
  MappingTryOptions options{
      .file = "examples/mappings/" + name + ".yaml", .input = "-", .received_at = {1'709'294'400'000}};
  if (!header.empty()) options.headers.push_back(header);
  std::istringstream in(body);
  std::ostringstream out;
  std::ostringstream problems;
  const auto good = run_mapping_try(options, in, out, problems);
  EXPECT_TRUE(good) << good.error().message;
  json::array events;
  if (good && !out.str().empty()) events = json::parse(out.str()).as_array();
  return {std::move(events), problems.str()};
}

// The events of a document that must be good.
json::array made(const std::string& name, const std::string& body, const std::string& header = "") {
  Tried tried = try_example(name, body, header);
  EXPECT_EQ(tried.problems, "");
  return std::move(tried.events);
}

std::string text(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

std::string names(const json::array& events) {
  std::string all;
  for (const json::value& event : events) {
    const auto* name = event.as_object().if_contains("event");
    all += text(name != nullptr ? *name : event.at("type")) + ", ";
  }
  return all;
}

constexpr std::string_view kShopifyOrder = R"({"id":5001,"cart_token":"c1","email":"jane@example.com",
  "created_at":"2024-03-01T10:00:00+01:00","updated_at":"2024-03-01T12:00:00+01:00","cancelled_at":"2024-03-01T11:00:00+01:00",
  "cancel_reason":"customer","currency":"EUR","total_price":"27.50","total_tax":"4.39","test":false,
  "customer":{"id":41},"discount_codes":[{"code":"SPRING"}],
  "line_items":[{"product_id":7,"sku":"A-1","title":"Bread","price":"12.50","quantity":1,"vendor":null},
                {"product_id":8,"sku":"B-2","title":"Wine","price":"7.50","quantity":2}],
  "refunds":[{"id":1,"created_at":"2024-02-20T10:00:00+01:00","transactions":[{"kind":"refund","amount":"99.00"}]},
             {"id":2,"created_at":"2024-03-01T11:59:00+01:00","note":"broken","transactions":[
               {"kind":"refund","amount":"0.10"},{"kind":"refund","amount":"0.20"},{"kind":"void","amount":"5.00"}],
              "refund_line_items":[{"quantity":1,"line_item":{"product_id":8,"sku":"B-2","price":"7.50"}}]}]})";

TEST(ShopifyOrders, AnOrderIsCompletedWithItsProducts) {
  const auto events = made("shopify-orders", std::string(kShopifyOrder), "X-Shopify-Topic=orders/create");
  ASSERT_EQ(names(events), "Order Completed, ");
  const json::value& event = events[0];
  EXPECT_EQ(text(event.at("messageId")), "shopify-order-5001");
  EXPECT_EQ(text(event.at("userId")), "41");
  EXPECT_EQ(text(event.at("anonymousId")), "c1");
  EXPECT_EQ(text(event.at("context").at("traits")), R"({"email":"jane@example.com"})");
  EXPECT_EQ(text(event.at("properties")),
            R"({"order_id":"5001","currency":"EUR","total":2.75E1,"tax":4.39E0,"coupon":"SPRING","products":[)"
            R"({"product_id":"7","sku":"A-1","name":"Bread","price":1.25E1,"quantity":1},)"
            R"({"product_id":"8","sku":"B-2","name":"Wine","price":7.5E0,"quantity":2}]})");
}

TEST(ShopifyOrders, OnlyRefundsOfTheLastDayAreNews) {
  const auto events = made("shopify-orders", std::string(kShopifyOrder), "X-Shopify-Topic=orders/updated");
  ASSERT_EQ(names(events), "Order Refunded, ");
  EXPECT_EQ(text(events[0].at("messageId")), "shopify-refund-2");
  EXPECT_EQ(events[0].at("properties").at("total"), 0.3);
  EXPECT_EQ(text(events[0].at("properties").at("products").at(0).at("sku")), "B-2");
}

TEST(ShopifyOrders, OtherTopicsAndTestOrdersAreNoEvents) {
  EXPECT_EQ(names(made("shopify-orders", std::string(kShopifyOrder), "X-Shopify-Topic=orders/cancelled")),
            "Order Cancelled, ");
  EXPECT_EQ(names(made("shopify-orders", std::string(kShopifyOrder), "X-Shopify-Topic=products/update")), "");
  EXPECT_EQ(names(made("shopify-orders", std::string(kShopifyOrder))), "");
  EXPECT_EQ(names(made("shopify-orders", R"({"id":1,"test":true})", "X-Shopify-Topic=orders/create")), "");
}

TEST(ShopifyOrders, AGuestIsKnownByAddressAndNumber) {
  const auto events =
      made("shopify-orders", R"({"id":1,"email":"","contact_email":"a@b.example","phone":"+4930123456"})",
           "X-Shopify-Topic=orders/create");
  EXPECT_EQ(text(events.at(0).at("context").at("externalIds")),
            R"([{"type":"email","id":"a@b.example","collection":"users"},)"
            R"({"type":"phone","id":"+4930123456","collection":"users"}])");
}

TEST(ShopifyCarts, EachLineIsAddedOnceHoweverOftenItIsTold) {
  const auto cart = [](const std::string& quantity) {
    return R"({"token":"c1","updated_at":"2024-03-01T10:00:00Z","line_items":[)"
           R"({"key":"11:aa","sku":"A","price":"5.00","quantity":)" +
           quantity +
           R"(,"line_price":"15.00"},{"key":"12:bb","sku":"B","price":"0.10","quantity":1,"line_price":"0.10"}]})";
  };
  const auto first = made("shopify-carts", cart("3"), "X-Shopify-Topic=carts/update");
  const auto second = made("shopify-carts", cart("4"), "X-Shopify-Topic=carts/update");
  ASSERT_EQ(names(first), "Product Added, Product Added, Cart Updated, ");
  EXPECT_EQ(text(first[0].at("messageId")), "shopify-cart-c1-11");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(first[i].at("messageId"), second[i].at("messageId"));
  EXPECT_NE(first[2].at("messageId"), second[2].at("messageId"));
  EXPECT_EQ(first[2].at("properties").at("value"), 15.1);
  EXPECT_EQ(text(first[2].at("anonymousId")), "c1");
}

TEST(ShopifyCarts, ACheckoutNamesCartAndBuyer) {
  const auto events = made("shopify-carts", R"({"token":"t","cart_token":"c1","email":"a@b.example","customer":{"id":4},
    "total_price":"9.00"})",
                           "X-Shopify-Topic=checkouts/create");
  ASSERT_EQ(names(events), "Checkout Started, ");
  EXPECT_EQ(text(events[0].at("anonymousId")) + text(events[0].at("userId")), "c14");
}

TEST(ShopifyCustomers, SayWhoTheyAreAndWhatTheyConsentedTo) {
  const auto events = made("shopify-customers", R"({"id":41,"email":"jane@example.com","first_name":"Jane","phone":null,
    "tags":"vip, wine","updated_at":"2024-03-01T10:00:00Z","email_marketing_consent":{"state":"subscribed",
    "consent_updated_at":"2024-02-01T10:00:00Z"},"sms_marketing_consent":{"state":"not_subscribed"}})",
                           "X-Shopify-Topic=customers/update");
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(text(events[0].at("traits")),
            R"({"email":"jane@example.com","firstName":"Jane","tags":["vip","wine"],"emailConsent":true,)"
            R"("emailConsentAt":"2024-02-01T10:00:00Z","smsConsent":false})");
  const auto consent = made("shopify-customers", R"({"customer_id":41,"email_address":"jane@example.com",
    "email_marketing_consent":{"state":"unsubscribed"}})",
                            "X-Shopify-Topic=customers_email_marketing_consent/update");
  EXPECT_EQ(text(consent.at(0).at("traits")), R"({"email":"jane@example.com","emailConsent":false})");
}

TEST(ShopifyFulfillments, AParcelIsShippedAndDelivered) {
  const std::string parcel = R"({"id":3,"order_id":5001,"email":"jane@example.com","shipment_status":"delivered"})";
  EXPECT_EQ(names(made("shopify-fulfillments", parcel, "X-Shopify-Topic=fulfillments/create")), "Order Shipped, ");
  EXPECT_EQ(names(made("shopify-fulfillments", parcel, "X-Shopify-Topic=fulfillments/update")), "Order Delivered, ");
  EXPECT_EQ(names(made("shopify-fulfillments", R"({"id":3,"email":""})", "X-Shopify-Topic=fulfillments/create")), "");
}

std::string stripe(const std::string& type, const std::string& object, const std::string& before = "{}") {
  return R"({"id":"evt_1","created":1709287872,"type":")" + type + R"(","data":{"object":)" + object +
         R"(,"previous_attributes":)" + before + "}}";
}

TEST(StripePayments, AmountsAreInTheCurrencysOwnUnits) {
  const auto total = [](const std::string& currency) {
    const std::string charge = R"({"id":"ch_1","amount":2050,"currency":")" + currency + R"(","customer":"cus_1"})";
    return made("stripe-payments", stripe("charge.succeeded", charge)).at(0).at("properties").at("total");
  };
  EXPECT_EQ(total("eur"), 20.5);
  EXPECT_EQ(total("jpy"), 2050);
  EXPECT_EQ(total("kwd"), 2.05);
}

TEST(StripePayments, ARefundIsWhatCameBackThisTime) {
  const auto events =
      made("stripe-payments", stripe("charge.refunded", R"({"id":"ch_1","currency":"eur","amount_refunded":1500})",
                                     R"({"amount_refunded":1000})"));
  ASSERT_EQ(names(events), "Payment Refunded, ");
  EXPECT_EQ(events[0].at("properties").at("total"), 5);
  EXPECT_EQ(text(events[0].at("timestamp")), "2024-03-01T10:11:12Z");
  EXPECT_EQ(text(events[0].at("messageId")), "evt_1");
}

TEST(StripePayments, ACheckoutJoinsTheShopsUserAndStripesCustomer) {
  const auto events = made(
      "stripe-payments",
      stripe(
          "checkout.session.completed",
          R"({"id":"cs_1","mode":"payment","currency":"eur","customer":"cus_1","client_reference_id":"u1","amount_total":2750,
          "amount_subtotal":2500,"customer_details":{"email":"jane@example.com"}})"));
  ASSERT_EQ(names(events), "Checkout Completed, ");
  EXPECT_EQ(text(events[0].at("userId")) + " " + text(events[0].at("anonymousId")), "u1 stripe-cus_1");
  EXPECT_EQ(names(made("stripe-payments", stripe("invoice.paid", "{}"))), "");
}

TEST(StripeCustomers, SayWhoTheyAre) {
  const auto events = made(
      "stripe-customers",
      stripe(
          "customer.created",
          R"({"id":"cus_1","email":"jane@example.com","preferred_locales":["de"],"address":{"city":"Berlin","line1":null}})"));
  ASSERT_EQ(names(events), "identify, ");
  EXPECT_EQ(text(events[0].at("traits")),
            R"({"email":"jane@example.com","language":"de","address":{"city":"Berlin"}})");
}

std::string woocommerce(const std::string& status, const std::string& modified) {
  return R"({"id":727,"status":")" + status + R"(","currency":"USD","total":"29.35","customer_id":0,
    "date_paid_gmt":"2024-03-01T10:00:00","date_modified_gmt":")" +
         modified + R"(","billing":{"email":"john@example.com","phone":""},"refunds":[{"id":1,"total":"-10.10"},
    {"id":2,"total":"-0.20"}],"line_items":[{"product_id":93,"variation_id":0,"sku":"","name":"Hat","price":3,"quantity":2}]})";
}

TEST(WoocommerceOrders, AnOrderThatWasJustPaidIsCompleted) {
  const auto events =
      made("woocommerce-orders", woocommerce("processing", "2024-03-01T10:00:05"), "X-WC-Webhook-Topic=order.updated");
  ASSERT_EQ(names(events), "Order Completed, ");
  EXPECT_FALSE(events[0].as_object().contains("userId"));
  EXPECT_EQ(text(events[0].at("context").at("externalIds").at(0).at("id")), "john@example.com");
  EXPECT_EQ(text(events[0].at("properties").at("products")),
            R"([{"product_id":"93","name":"Hat","price":3,"quantity":2}])");
  EXPECT_EQ(names(made("woocommerce-orders", woocommerce("completed", "2024-04-01T10:00:00"),
                       "X-WC-Webhook-Topic=order.updated")),
            "");
}

TEST(WoocommerceOrders, TheOrdersStateSaysWhatBecameOfIt) {
  const std::string later = "2024-04-01T10:00:00";
  const auto refunded = made("woocommerce-orders", woocommerce("refunded", later), "X-WC-Webhook-Topic=order.updated");
  ASSERT_EQ(names(refunded), "Order Refunded, ");
  EXPECT_EQ(refunded[0].at("properties").at("total"), 10.3);
  EXPECT_EQ(names(made("woocommerce-orders", woocommerce("cancelled", later), "X-WC-Webhook-Topic=order.updated")),
            "Order Cancelled, ");
  EXPECT_EQ(names(made("woocommerce-orders", R"({"webhook_id":"3"})")), "");
}

TEST(WoocommerceCustomers, SayWhoTheyAre) {
  const auto events = made("woocommerce-customers", R"({"id":25,"email":"john@example.com","first_name":"John",
    "date_created_gmt":"2024-03-01T10:00:00","date_modified_gmt":"2024-03-02T10:00:00","is_paying_customer":false,
    "billing":{"first_name":"J","city":"San Francisco","country":"US","state":"","phone":"(555) 555-5555"}})",
                           "X-WC-Webhook-Topic=customer.created");
  ASSERT_EQ(names(events), "identify, ");
  EXPECT_EQ(
      text(events[0].at("traits")),
      R"({"email":"john@example.com","phone":"(555) 555-5555","firstName":"John","createdAt":"2024-03-01T10:00:00Z",)"
      R"("payingCustomer":false,"address":{"city":"San Francisco","country":"US"}})");
}

// The systems' own samples.
class Samples : public testing::Test {
 protected:
  void SetUp() override {
    const char* const outside = std::getenv("TESSERA_OUTSIDE");
    if (outside != nullptr) folder_ = files::path(outside) / "cases" / "webhooks";
    if (outside == nullptr || !files::exists(folder_)) {
      GTEST_SKIP() << "TESSERA_OUTSIDE names no folder with cases/webhooks";
    }
  }
  json::value read(const std::string& name) const {
    std::stringstream content;
    content << std::ifstream(folder_ / (name + ".json")).rdbuf();
    return json::parse(content.str());
  }
  std::string names_of(const std::string& example, const std::string& sample, const std::string& header = "") const {
    return names(made(example, json::serialize(read(sample)), header));
  }
  // Of all documents in a file of {"json": a document or a list of them}.
  std::map<std::string, int> count(const std::string& example, const std::string& sample,
                                   const std::string& header) const {
    std::map<std::string, int> counts;
    const json::value entries = read(sample);
    for (const json::value& entry : entries.as_array()) {
      json::value documents = entry.at("json");
      if (!documents.is_array()) documents = json::array{documents};
      for (const json::value& document : documents.as_array()) {
        if (document.as_object().contains("id")) ++counts[names(made(example, json::serialize(document), header))];
      }
    }
    return counts;
  }

  files::path folder_;
};

TEST_F(Samples, OfShopifyAreUnderstood) {
  const std::string topic = "X-Shopify-Topic=";
  EXPECT_EQ(names_of("shopify-orders", "shopify/orders", topic + "orders/create"), "Order Completed, ");
  EXPECT_EQ(names_of("shopify-orders", "shopify/orders", topic + "orders/cancelled"), "Order Cancelled, ");
  EXPECT_EQ(names_of("shopify-orders", "shopify/orders", topic + "orders/updated"), "");
  EXPECT_EQ(names_of("shopify-carts", "shopify/carts", topic + "carts/update"),
            "Product Added, Product Added, Cart Updated, ");
  EXPECT_EQ(names_of("shopify-carts", "shopify/checkouts", topic + "checkouts/create"), "Checkout Started, ");
  EXPECT_EQ(names_of("shopify-customers", "shopify/customers", topic + "customers/create"), "identify, ");
  EXPECT_EQ(names_of("shopify-customers", "shopify/customers_marketing_consent",
                     topic + "customers_marketing_consent/update"),
            "identify, ");
  EXPECT_EQ(names_of("shopify-fulfillments", "shopify/fulfillments", topic + "fulfillments/create"), "Order Shipped, ");
  for (const auto* other : {"shopify/products", "shopify/draft_orders"}) {
    EXPECT_EQ(names_of("shopify-orders", other, topic + "products/update"), "");
  }
}

TEST_F(Samples, OfStripeAreUnderstood) {
  EXPECT_EQ(names_of("stripe-payments", "stripe/charge.succeeded"), "Payment Succeeded, ");
  EXPECT_EQ(names_of("stripe-payments", "stripe/charge.refunded"), "Payment Refunded, ");
  EXPECT_EQ(names_of("stripe-payments", "stripe/checkout.session.completed.payment_mode"), "Checkout Completed, ");
  EXPECT_EQ(names_of("stripe-payments", "stripe/customer.created"), "");
  EXPECT_EQ(names_of("stripe-customers", "stripe/customer.created"), "identify, ");
  EXPECT_EQ(names_of("stripe-customers", "stripe/customer.updated"), "identify, ");
}

TEST_F(Samples, OfWoocommerceAreUnderstood) {
  const std::string topic = "X-WC-Webhook-Topic=";
  const auto orders = count("woocommerce-orders", "woocommerce/orders", topic + "order.updated");
  EXPECT_EQ(orders, (std::map<std::string, int>{{"Order Completed, ", 5}, {"", 1}}));
  const auto customers = count("woocommerce-customers", "woocommerce/customers", topic + "customer.updated");
  EXPECT_EQ(customers, (std::map<std::string, int>{{"identify, ", 6}}));
  EXPECT_EQ(count("woocommerce-orders", "woocommerce/coupons", topic + "coupon.updated").size(), 1U);
}

}  // namespace
}  // namespace tessera::cli
